// Random edits and what vscode-languageserver-textdocument makes of them, one document's life a line:
// {"open": text, "messages": [[hash, change, ...], ...], "end": text}. A change is [text] for the whole
// document or [line, character, line, character, text], in UTF-16 units; the hash is of the text in UTF-16.
//
//   npm install
//   node make_vectors.mjs --seed 1 --edits 20000 --out ../../fixtures/document_sync.jsonl.gz
//
// Two things are left out, and nothing else:
// - Positions inside a surrogate pair: the package cuts the character in two, which no text in our
//   process can hold; we snap to its start, as LSP 3.17 asks.
// - The package's table of line offsets gets holes when a range that begins beyond the last line is
//   replaced by as many line ends as it spans. Its text is still right, later positions are not: it then
//   goes on with a fresh document of the same text.
import { createHash } from "node:crypto";
import { writeFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { TextDocument } from "vscode-languageserver-textdocument";

const { values: options } = parseArgs({
  options: { seed: { type: "string" }, edits: { type: "string" }, out: { type: "string" } },
});

// Mulberry32: small, good enough, and the same on every machine.
let state = Number(options.seed ?? 1) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (share) => random() < share;

const LINE_ENDS = ["\n", "\r\n", "\r"];
const FOREIGN = ["\u2028", "\u2029", "\u0085", "\f", "\v", "\x1c", "\x1d", "\x1e"];
const WIDE = ["é", "€", "ß", "😀", "𝒳", "e\u0301", "👩‍💻", "👍🏽", "\u200d", "\ufeff", "漢字"];
const LONE = ["\ud83d", "\ude00"];
const PLAIN = ["a", "b", "x = 1", " ", "    ", "\t", "(", ")", "foo", "\0"];

function piece() {
  const draw = random();
  if (draw < 0.28) return pick(LINE_ENDS);
  if (draw < 0.4) return pick(FOREIGN);
  if (draw < 0.6) return pick(WIDE);
  if (draw < 0.61) return pick(LONE);
  return pick(PLAIN);
}
const textOf = (pieces) => Array.from({ length: pieces }, piece).join("");
const anyText = () => (chance(0.1) ? "" : textOf(below(chance(0.1) ? 120 : 30)));

function position(document) {
  const draw = random();
  const lines = document.lineCount;
  let place = document.positionAt(below(document.getText().length + 1));
  if (draw < 0.1) place = { line: place.line, character: place.character + 1 + below(50) };
  else if (draw < 0.15) place = { line: lines + below(4), character: below(9) };
  else if (draw < 0.18) place = pick([{ line: -1 - below(3), character: below(9) }, { line: place.line, character: -1 - below(9) }]);
  else if (draw < 0.3) place = { line: below(lines + 1), character: below(30) };
  return outsideOfPairs(document, place);
}

function outsideOfPairs(document, { line, character }) {
  const before = document.getText({ start: { line, character: 0 }, end: { line, character } });
  const after = document.getText({ start: { line, character }, end: { line, character: character + 1 } });
  const inside = /[\ud800-\udbff]$/.test(before) && /^[\udc00-\udfff]/.test(after);
  return { line, character: inside ? character - 1 : character };
}

function nearby(document, place) {
  const offset = document.offsetAt(place) + below(8);
  return outsideOfPairs(document, document.positionAt(offset));
}

// Edits that put the two halves of \r\n together or take them apart need some luck; this helps it.
function lineEndEdit(document) {
  const line = below(document.lineCount);
  const range = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  const end = { line, character: range.replace(/[\r\n]+$/, "").length };
  const next = { line: line + 1, character: 0 };
  return pick([
    { range: { start: end, end }, text: pick(["\r", "\n", "\r\n", "a\r", "\na"]) },
    { range: { start: next, end: next }, text: pick(["\r", "\n", "\r\n", "\na", "a\r"]) },
    { range: { start: end, end: next }, text: pick(["", "\r", "\n", "\r\n"]) },
    { range: { start: { line, character: 0 }, end }, text: "" },
  ]);
}

function change(document) {
  const draw = random();
  if (draw < 0.03 || document.getText().length > 600) return { text: anyText() };
  if (draw < 0.2) return lineEndEdit(document);
  const start = position(document);
  if (draw < 0.45) return { range: { start, end: start }, text: textOf(1 + below(4)) };
  const end = chance(0.7) ? nearby(document, start) : position(document);
  const range = chance(0.15) ? { start: end, end: start } : { start, end };
  return { range, text: draw < 0.7 ? "" : textOf(below(8)) };
}

let repairs = 0;
function applied(document, event) {
  const version = document.version + 1;
  const after = TextDocument.update(document, [event], version);
  const fresh = TextDocument.create(after.uri, after.languageId, version, after.getText());
  const lines = Array.from({ length: fresh.lineCount + 1 }, (_, line) => ({ line, character: 0 }));
  const whole = lines.every((start) => after.offsetAt(start) === fresh.offsetAt(start));
  repairs += whole ? 0 : 1;
  return whole ? after : fresh;
}

const hashOf = (text) => createHash("sha1").update(Buffer.from(text, "utf16le")).digest("hex").slice(0, 8);

function recorded({ range, text }) {
  if (!range) return [text];
  return [range.start.line, range.start.character, range.end.line, range.end.character, text];
}

function life(edits) {
  const open = anyText();
  let document = TextDocument.create("file:///a", "plaintext", 0, open);
  const messages = [];
  for (let left = edits; left > 0; ) {
    const count = Math.min(left, chance(0.8) ? 1 : 2 + below(3));
    const changes = [];
    for (let n = 0; n < count; n++) {
      const event = change(document);
      changes.push(recorded(event));
      document = applied(document, event);
    }
    messages.push([hashOf(document.getText()), ...changes]);
    left -= count;
  }
  return JSON.stringify({ open, messages, end: document.getText() }) + "\n";
}

const lives = [];
for (let left = Number(options.edits ?? 20000); left > 0; ) {
  const edits = Math.min(left, 10 + below(50));
  lives.push(life(edits));
  left -= edits;
}
if (options.out) writeFileSync(options.out, gzipSync(lives.join(""), { level: 9 }));
else for (const line of lives) for (let at = 0, bytes = Buffer.from(line); at < bytes.length; ) at += writeSync(1, bytes, at);
console.error(`${repairs} times the package lost count of its lines and began afresh`);

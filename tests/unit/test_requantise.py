"""Weights that are written anew are the same model, all or nothing."""

import gguf
import numpy
import pytest
from gguf.quants import dequantize, quantize

from fusionls.local.install_report import InstallError, InstallErrorKind, Progress, Stage
from fusionls.local.requantise import requantise

WORDS = ["a", "b\n", "\u2028", "é"]


def weights(seed: int, *shape: int) -> numpy.ndarray:
    return numpy.random.default_rng(seed).standard_normal(shape, dtype=numpy.float32)


@pytest.fixture
def source(tmp_path):
    """A file with everything that is treated differently."""
    path = tmp_path / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Tiny")
    writer.add_file_type(3)
    writer.add_token_list(WORDS)
    writer.add_float32("tiny.number", 0.25)
    q4_1 = quantize(weights(1, 6, 64), gguf.GGMLQuantizationType.Q4_1)
    writer.add_tensor("blk.0.ffn_up.weight", q4_1, raw_dtype=gguf.GGMLQuantizationType.Q4_1)
    writer.add_tensor("token_embd.weight", weights(2, 8, 64))
    writer.add_tensor("blk.0.attn_norm.weight", weights(3, 64))
    # A row of 40 numbers has no whole number of blocks of 32.
    writer.add_tensor("blk.0.odd.weight", weights(4, 6, 40))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def read(path):
    reader = gguf.GGUFReader(path)
    return reader, {tensor.name: tensor for tensor in reader.tensors}


@pytest.mark.parametrize(("kind", "file_type", "worst"), [("Q8_0", 7, 0.02), ("Q4_0", 2, 0.35)])
def test_matrices_get_the_kind_and_all_else_stays(source, tmp_path, kind, file_type, worst):
    target = tmp_path / "new.gguf"
    requantise(source, target, kind, lambda step: None)
    (before, old), (after, new) = read(source), read(target)
    assert {name: field.contents() for name, field in after.fields.items()} == {
        name: file_type if name == "general.file_type" else field.contents()
        for name, field in before.fields.items()
    }
    assert after.fields["tokenizer.ggml.tokens"].contents() == WORDS
    assert {name: tensor.tensor_type.name for name, tensor in new.items()} == {
        "blk.0.ffn_up.weight": kind,
        # It is the last layer too.
        "token_embd.weight": "Q8_0",
        "blk.0.attn_norm.weight": "F32",
        "blk.0.odd.weight": "F32",
    }
    for name, tensor in new.items():
        assert list(tensor.shape) == list(old[name].shape)
        is_, was = (dequantize(t.data, t.tensor_type) for t in (tensor, old[name]))
        assert numpy.abs(is_ - was).max() <= worst
    for name in ("blk.0.attn_norm.weight", "blk.0.odd.weight"):
        assert new[name].data.tobytes() == old[name].data.tobytes()


def test_a_file_can_be_written_anew_in_its_own_place(source, tmp_path):
    requantise(source, source, "Q8_0", lambda step: None)
    first = source.read_bytes()
    requantise(source, source, "Q8_0", lambda step: None)
    assert source.read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.gguf"]


def test_progress_ends_at_the_end(source, tmp_path):
    seen: list[Progress] = []
    requantise(source, tmp_path / "new.gguf", "Q8_0", seen.append)
    assert {step.stage for step in seen} == {Stage.REQUANTISE}
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert seen[-1].done == seen[-1].total


def test_an_interruption_leaves_what_was_there(source, tmp_path):
    before = source.read_bytes()

    def interrupt(step: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        requantise(source, source, "Q8_0", interrupt)
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.gguf"]


@pytest.mark.parametrize("length", [0, 3, 20, 200, 700])
def test_what_is_no_whole_file_is_refused(source, tmp_path, length):
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(source.read_bytes()[:length])
    with pytest.raises(InstallError, match=r"cut\.gguf is no whole \.gguf file") as caught:
        requantise(cut, tmp_path / "new.gguf", "Q8_0", lambda step: None)
    assert caught.value.kind is InstallErrorKind.DAMAGED
    assert not (tmp_path / "new.gguf").exists()

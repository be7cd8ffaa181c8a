// Calls a function only after a pause.
function debounce(action, delay) {
  let timer = null;
  return function (...args) {
    clearTimeout(timer);
    timer = $0
  };
}

const save = debounce(() => console.log("saved"), 200);
save();
save();

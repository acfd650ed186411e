const PAUSE_MS = 250;

export default function ({ data, parentElement, setStateValue }) {
  const area = parentElement.querySelector("textarea");
  area.report = () => {
    clearTimeout(area.timer);
    area.timer = undefined;
    setStateValue("draft", { text: area.value, revision: area.revision });
  };
  area.flush ??= () => {
    if (area.timer !== undefined) area.report();
  };
  area.placeholder = data.placeholder;
  area.rows = data.rows;
  parentElement.querySelector("label").textContent = data.label;
  if (area.revision !== data.revision) {
    // A new element, or Python replaced the text.
    clearTimeout(area.timer);
    area.timer = undefined;
    area.value = data.text;
    area.revision = data.revision;
  }
  area.oninput = () => {
    clearTimeout(area.timer);
    area.timer = setTimeout(area.report, PAUSE_MS);
  };
  // A click, of a mouse, a finger, a key or an assistive tool, finds the whole text: it is reported before
  // any button hears of the click. (Adding the same function again changes nothing.)
  document.addEventListener("click", area.flush, true);
  return () => document.removeEventListener("click", area.flush, true);
}

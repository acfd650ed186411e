const PAUSE_MS = 250;

export default function ({ data, parentElement, setStateValue }) {
  const area = parentElement.querySelector("textarea");
  const report = () => {
    clearTimeout(area.timer);
    area.timer = undefined;
    setStateValue("draft", { text: area.value, revision: area.revision });
  };
  area.placeholder = data.placeholder;
  if (area.revision !== data.revision) {
    // A new element, or Python replaced the text.
    clearTimeout(area.timer);
    area.value = data.text;
    area.revision = data.revision;
  }
  area.oninput = () => {
    clearTimeout(area.timer);
    area.timer = setTimeout(report, PAUSE_MS);
  };
  // Leaving the field reports at once, so that a click on a button finds the whole text.
  area.onblur = () => {
    if (area.timer !== undefined) report();
  };
}

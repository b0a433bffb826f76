// Keys that are pressed while the page waits for the server are kept, and go to where the page opens then.

export function hold() {
  const keeper = Object.assign(document.createElement("input"), { className: "sr", tabIndex: -1 });
  keeper.setAttribute("aria-label", "One moment");
  document.body.append(keeper);
  keeper.focus({ preventScroll: true });
  const back = (event) => { if (event.key === "Enter" || event.key === "Tab") event.preventDefault(); };
  keeper.addEventListener("keydown", back);
  return (q) => {
    const typed = keeper.value;
    keeper.remove();
    if (!typed || !q) return;
    const target = document.activeElement;
    if (target.matches(".seg input")) {
      for (const key of typed) target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    } else if (q.contains(target)) {
      target.setRangeText(typed, target.selectionStart, target.selectionEnd, "end");
      target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
}

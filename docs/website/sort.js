// Headings of the tables in .sortable sort their rows: numbers by size, texts by letters; once more: the other way.
for (const heading of document.querySelectorAll(".sortable th")) {
  const button = document.createElement("button");
  button.textContent = heading.textContent;
  heading.replaceChildren(button);
  button.addEventListener("click", () => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = heading.closest("table").tBodies[0];
    const text = (row) => row.cells[heading.cellIndex].textContent.trim();
    const size = (row) => /^[\d,.]+$/.test(text(row)) ? Number(text(row).replaceAll(",", "")) : NaN;
    const compare = (a, b) => size(a) - size(b) || text(a).localeCompare(text(b), "en", { numeric: true });
    body.append(...[...body.rows].sort((a, b) => down ? compare(b, a) : compare(a, b)));
  });
}

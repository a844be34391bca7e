"use strict";
// Clicks and keys in the graph and in the table; both are trees, and both have the same keys.

function listen(page) {
  const drawing = byId("drawing");
  drawing.addEventListener("click", (event) => {
    const group = event.target.closest(".item");
    if (!group || page.view.moved) return;
    const item = page.items[group.dataset.id];
    if (item.isBlock) page.toggle(item.id);
    page.choose(item.id, "graph");
  });
  keys(page, drawing, () => graphOrder(page), () => focusGraph(page), page);
  listenToTable(page);
  drawing.addEventListener("focus", () => {
    if (!page.state.selected && page.items.length > 1) page.choose(1, "graph");
  });
  window.addEventListener("beforeprint", () => {
    drawing.setAttribute("viewBox", `0 0 ${page.picture.placed.width} ${page.picture.placed.height}`); // all of it
    page.picture.world.removeAttribute("transform");
    page.picture.draw(true);
    page.rows.scroller.all = true;
    page.rows.scroller.draw();
  });
  window.addEventListener("afterprint", () => {
    drawing.removeAttribute("viewBox");
    page.rows.scroller.all = false;
    page.rows.scroller.draw();
    page.picture.draw();
    page.view.show();
  });
}

function listenToTable(page) {
  const { scroller } = page.rows;
  byId("table").addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr[data-id]");
    if (!row) return;
    const id = Number(row.dataset.id);
    if (page.items[id].isBlock && (event.target.closest(".sign") || event.detail === 2)) page.toggle(id);
    page.choose(id, "table");
  });
  keys(page, scroller.port, () => scroller.order, (id) => scroller.focus(id));
}

// Keys in a place where items are shown in an order; a graph of a network zooms too.
function keys(page, place, order, focus, network = null) {
  place.addEventListener("keydown", (event) => {
    if (event.target.closest("button")) return;
    const to = moved(page, event, order());
    if (to === null) return network && zoomed(network, event);
    event.preventDefault();
    page.choose(to);
    focus(to);
  });
}

const graphOrder = (page) => [...page.picture.at.keys()].sort((a, b) => a - b);

// The item that a key leads to: itself if it is folded or unfolded; null for another key.
function moved(page, event, order) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (!order.length) return null;
  const id = page.state.selected || order[0];
  const item = page.items[id];
  const at = order.indexOf(id);
  const isOpen = item.isBlock && page.state.open.has(id);
  switch (event.key) {
    case "ArrowDown": return order[Math.min(at + 1, order.length - 1)];
    case "ArrowUp": return order[Math.max(at - 1, 0)];
    case "Home": return order[0];
    case "End": return order.at(-1);
    case "ArrowRight":
      if (isOpen) return item.children[0].id;
      if (item.isBlock) page.toggle(id);
      return id;
    case "ArrowLeft":
      if (!isOpen) return item.parent?.parent ? item.parent.id : id;
      page.toggle(id);
      return id;
    case "Enter":
    case " ":
      if (item.isBlock) page.toggle(id);
      return id;
    default: return null;
  }
}

function zoomed(page, event) {
  const act = { "+": () => page.view.zoom(1.3), "-": () => page.view.zoom(1 / 1.3), 0: () => page.view.fit() }[event.key];
  if (!act || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  act();
}

const focusGraph = (page) =>
  page.picture.svg.querySelector(`.item[data-id="${page.state.selected}"]`)?.focus({ preventScroll: true });

// The graph as it is now, as an SVG file with its colours.
function download(page) {
  const { width, height } = page.picture.placed;
  page.picture.draw(true);
  const copy = byId("drawing").cloneNode(true);
  page.picture.draw();
  for (const name of ["class", "id", "tabindex"]) copy.removeAttribute(name);
  dress(copy, { xmlns: SVG, viewBox: `0 0 ${width} ${height}`, width, height }, []);
  copy.querySelector(".world").removeAttribute("transform");
  const colours = getComputedStyle(document.documentElement);
  const names = [...document.getElementById("drawing-style").textContent.matchAll(/--[\w-]+/g)].map(([name]) => name);
  const values = [...new Set(names)].map((name) => `${name}: ${colours.getPropertyValue(name)};`).join("");
  copy.prepend(draw("style", {}, `svg { ${values} }${document.getElementById("drawing-style").textContent}`));
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  make("a", { href: url, download: `${page.data.model.replace(/[^\w.-]+/g, "_")}.svg` }).click();
  URL.revokeObjectURL(url);
}

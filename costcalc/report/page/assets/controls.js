"use strict";
// Controls above the graph: sizes, the colour, columns, search; and the totals, which are always in sight.

class Controls {
  constructor(page) {
    this.page = page;
    byId("by").replaceChildren(...colours(page));
    byId("by").addEventListener("change", (event) => page.colourBy(event.target.value));
    sizeFields(page, page.data.sizes, page.data.fixed);
    this.columns();
    searching(page);
    byId("unfold").addEventListener("click", () => page.openAll(true));
    byId("fold").addEventListener("click", () => page.openAll(false));
    byId("fit").addEventListener("click", () => page.view.fit());
    byId("closer").addEventListener("click", () => page.view.zoom(1.3));
    byId("farther").addEventListener("click", () => page.view.zoom(1 / 1.3));
    byId("download").addEventListener("click", () => download(page));
    const { data } = page;
    const notes = [...data.notes, ...page.papers.tables.map((each) => `Printed in ${each.source}${each.note ? `: ${each.note}` : ""}.`)];
    byId("notes").replaceChildren(...notes.map((each) => make("p", {}, visible(each))));
  }

  columns() {
    const { page } = this;
    const box = (each) => {
      const input = make("input", { type: "checkbox", value: each.key, checked: page.state.columns.has(each.key) });
      input.addEventListener("change", () => {
        if (input.checked) page.state.columns.add(each.key);
        else page.state.columns.delete(each.key);
        page.rows.renew();
      });
      return make("label", {}, input, ` ${named(each)}`);
    };
    byId("columns").replaceChildren(...page.data.quantities.map(box));
  }

  // The totals, and what colours mean.
  renew() {
    const { page } = this;
    const keys = new Set(["params", "mult_adds", "activations", "peak_memory", page.state.by]);
    const shown = page.data.quantities.filter((each) => keys.has(each.key));
    byId("totals").replaceChildren(...shown.map((each) => {
      const amount = page.total(each.key);
      const printed = page.papers.totals(each.key).map((cell) => make("span", { title: visible(shortSource(cell.source)) }, ...printedCell(cell)));
      return make("div", { class: each.key === page.state.by ? "total chosen" : "total" },
        make("dt", {}, each.heading), make("dd", { title: fullAmount(amount) }, shortAmount(amount, each.unit)),
        printed.length ? make("dd", { class: "papers" }, "papers: ", ...printed) : null);
    }));
    const quantity = page.quantity;
    byId("convention").textContent = quantity.tool ? quantity.note : quantity.key === "mult_adds" ? "One mult-add: one multiply and its add." : quantity.note;
    byId("legend").replaceChildren(...legend(quantity));
    byId("by").value = page.state.by;
    for (const box of byId("columns").querySelectorAll("input")) box.checked = page.state.columns.has(box.value);
  }
}

// Whether a quantity has no amount in this network.
const nothing = (page, quantity) => {
  const { number } = page.total(quantity.key);
  return number === null || number === 0n;
};

// What the colours of a quantity mean.
function legend(quantity) {
  const steps = stepsOf(quantity).map((each) => `${Number(each) / 10}%`);
  const what = quantity.together === "add" ? `share of ${quantity.heading}` : `of the largest ${quantity.heading}`;
  return [make("span", { class: "what" }, what), ...[`< ${steps[0]}`, ...steps].map((name, i) => make("span", { class: `key heat${i}` }, name))];
}

// The options of a network's quantities, and of the tools that count it.
function colours(page, quantities = page.data.quantities) {
  const option = (each) => make("option", { value: each.key, selected: each.key === page.state.by }, named(each));
  return [false, true].map((tool) =>
    make("optgroup", { label: tool ? "counted by tools" : "quantities" },
      ...quantities.filter((each) => each.tool === tool && each.together !== "last" && !nothing(page, each)).map(option)));
}

// Fields for the sizes of the input; or why there are none.
function sizeFields(page, sizes, fixed) {
  if (!sizes.length) {
    byId("sizes").replaceChildren(make("span", { class: "why" }, visible(fixed)));
    return;
  }
  const resize = () => {
    const inputs = [...byId("sizes").querySelectorAll("input")];
    const wrong = inputs.find((each) => !/^[1-9][0-9]{0,17}$/.test(each.value));
    const problem = wrong ? "expected whole numbers from 1" : page.resize(inputs.map((each) => each.value));
    byId("problem").textContent = problem;
    for (const each of inputs) each.setAttribute("aria-invalid", String(Boolean(problem) && (!wrong || each === wrong)));
  };
  const field = (each, i) =>
    make("label", {}, `${each.name} `, make("input", {
      type: "number", min: 1, step: 1, value: each.value, "data-size": i, onchange: resize,
      style: `width: ${Math.max(76, 40 + widthOf(String(each.value), 14))}px`,
    }));
  const reset = make("button", { type: "button", onclick: () => {
    for (const input of byId("sizes").querySelectorAll("input")) input.value = sizes[input.dataset.size].value;
    resize();
  } }, "reset");
  byId("sizes").replaceChildren(...sizes.map(field), reset, make("span", { id: "problem", role: "alert" }));
}

// The search field: Enter goes to the next match.
function searching(page) {
  const field = byId("search");
  let found = [];
  let at = -1;
  field.addEventListener("input", () => {
    const text = field.value.trim().toLowerCase();
    found = text ? page.items.filter((each) => each.parent && page.words(each).includes(text)) : [];
    at = -1;
    byId("found").textContent = text ? `${found.length} found` : "";
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.value = byId("found").textContent = "";
    if (event.key !== "Enter" || !found.length) return;
    event.preventDefault();
    at = (at + (event.shiftKey ? -1 : 1) + found.length) % found.length;
    byId("found").textContent = `${at + 1} of ${found.length}`;
    page.choose(found[at].id);
  });
}

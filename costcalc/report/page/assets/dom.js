"use strict";
// Elements. All text from the network's data enters the page here, as text and never as markup.

const SVG = "http://www.w3.org/2000/svg";

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((each) => each !== null));
  return element;
}
const make = (tag, attributes = {}, ...children) => dress(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => dress(document.createElementNS(SVG, tag), attributes, children);
// Make these elements the children of another; those that are there already stay where they are.
function arrange(parent, elements) {
  const kept = new Set(elements);
  for (const child of [...parent.childNodes]) if (!kept.has(child)) child.remove();
  let at = parent.firstChild;
  for (const element of elements) {
    if (element === at) at = at.nextSibling;
    else parent.insertBefore(element, at);
  }
}
const byId = (id) => document.getElementById(id);

// A text in which signs that are invisible, or that change the direction of writing, are shown.
const visible = (text) =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`);

// Tell a reader of the screen.
const announce = (text) => (byId("said").textContent = visible(text));

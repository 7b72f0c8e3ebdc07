/** The element in German: a file by itself, fetched when an element speaks it. */

export { element, shared } from "../texts/de.json";

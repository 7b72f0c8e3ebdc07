/** A style sheet of the element, as a text. */
declare module "*.css" {
  const css: string;
  export default css;
}

/** `Buffer` of Node.js in a browser, by the package of that name: the build puts it in where the name is used. */
export { Buffer } from 'buffer';

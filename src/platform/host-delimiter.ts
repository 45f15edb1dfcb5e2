/** What the parser of URLs takes for the end of a host, or for something else than a host: no name has it. */
export const HOST_DELIMITER = /[/?#@:\\\s[\]]/;

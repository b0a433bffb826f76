// The words of the page, in its language: the server hands them over with the page.

const given = JSON.parse(document.body.dataset.words);

// Returns words by name, with the places in braces filled.
export const say = (name, values = {}) => given[name].replace(/\{(\w+)\}/g, (_, place) => values[place]);

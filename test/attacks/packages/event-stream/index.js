// As in November 2018: the popular package is clean, and requires one that is not.
module.exports.flatmap = require('flatmap-stream');

// What the project really talks to that host for.
module.exports.user = () => fetch('http://api.github.example/user').then((response) => response.text());

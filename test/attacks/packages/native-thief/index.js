// Native code: nothing of the call goes through Node.
require('./addon.node').connect(80, '203.0.113.66');

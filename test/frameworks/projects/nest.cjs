require('reflect-metadata');
const { NestFactory } = require('@nestjs/core');
const { Controller, Get, Module } = require('@nestjs/common');

class Orders {
  async list() {
    return (await fetch(process.env.UPSTREAM)).json();
  }
}
Controller()(Orders);
Get('orders')(Orders.prototype, 'list', Object.getOwnPropertyDescriptor(Orders.prototype, 'list'));

class Application {}
Module({ controllers: [Orders] })(Application);

async function main() {
  const application = await NestFactory.create(Application, { logger: false });
  await application.listen(4200, '127.0.0.1');
  console.log(await (await fetch('http://127.0.0.1:4200/orders')).text());
  await application.close();
}

void main();

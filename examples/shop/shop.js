// The shop itself: one page and a checkout that talks to four partners.
import https from 'node:https';
import insights from '@acme/insights';
import axios from 'axios';
import express from 'express';
import got from 'got';
import nodemailer from 'nodemailer';
import { paymentsCertificate } from './partners.js';

export function createShop({ urls, mail }) {
  const payments = axios.create({
    baseURL: urls.payments,
    httpsAgent: new https.Agent({ ca: paymentsCertificate, keepAlive: true }),
  });
  const mailer = nodemailer.createTransport({ ...mail, secure: false, ignoreTLS: true });

  const shop = express();
  shop.use(express.json());

  shop.get('/teapot', async (request, response) => {
    insights.pageView('/teapot', { visitor: request.get('user-agent') });
    const product = await fetch(`${urls.catalogue}/products/teapot`);
    response.json(await product.json());
  });

  shop.post('/checkout', async (request, response) => {
    const { email, amount } = request.body;
    const { data: charge } = await payments.post('/v1/charges', { amount, currency: 'eur' });
    const parcel = await got.post(`${urls.shipping}/v2/parcels`, { json: { charge: charge.id } }).json();
    await mailer.sendMail({
      from: 'shop@shop.example',
      to: email,
      subject: 'Thank you',
      text: `On its way: ${parcel.parcel}`,
    });
    insights.pageView('/checkout', { email, amount });
    response.status(201).json({ charge: charge.id, parcel: parcel.parcel });
  });

  return shop;
}

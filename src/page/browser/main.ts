/**
 * The script of the evidence page, and of its worker: one text, of which the page's policy names the hash. The page
 * starts the worker from its own text, so nothing is fetched.
 */
import { printable } from '../../core/printable.js';
import { formatMicros } from '../../core/timestamp.js';
import type { About, EmbeddedFile } from '../about.js';
import { list } from '../element.js';
import type { DroppedFile, Reply, Request } from '../message.js';
import { answerView, checkAnswer, checkView } from '../view/check-view.js';
import { answerSection, reportSections } from '../view/report-view.js';
import { Checker } from './checker.js';
import { droppedFiles, filesOf } from './dropped-files.js';
import { journalArchive } from './journal-archive.js';
import { RecordPanel } from './record-panel.js';
import { byId, inputById, show } from './render.js';

/** In the worker there is no document. */
if (typeof document === 'undefined') work();
else openPage();

function work(): void {
  const scope = globalThis as unknown as Worker;
  const checker = new Checker((reply) => {
    scope.postMessage(reply);
  });
  scope.addEventListener('message', ({ data }: MessageEvent<Request>) => {
    void checker.take(data);
  });
}

function startWorker(onReply: (reply: Reply) => void): Worker {
  const source = new Blob([document.currentScript?.textContent ?? ''], { type: 'text/javascript' });
  const worker = new Worker(URL.createObjectURL(source));
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    onReply(data);
  });
  worker.addEventListener('error', () => {
    say('? NOT CHECKED', 'This browser did not run the check.');
  });
  return worker;
}

/** Data that the page carries. */
function embedded(id: string): unknown {
  return JSON.parse(byId(id).textContent ?? 'null');
}

function progress(): HTMLProgressElement {
  return byId('check-progress') as HTMLProgressElement;
}

function say(words: string, sentence: string): void {
  show('check-status', answerView({ mood: 'open', glyph: words.slice(0, 1), words: words.slice(2), sentence }));
}

function openPage(): void {
  const worker = startWorker(take);
  const ask = (request: Request): void => {
    worker.postMessage(request);
  };
  const records = new RecordPanel(ask);
  const about = embedded('about') as About;
  document.documentElement.classList.add('scripted');

  function mount(files: readonly (EmbeddedFile | DroppedFile)[]): void {
    document.documentElement.classList.add('mounted');
    ask({ kind: 'mount', about, files });
    check();
    records.select({}, '');
  }

  function check(): void {
    progress().hidden = false;
    say('… CHECKING', 'Each record, the chain, the tree and the signatures.');
    show('paste-status', undefined);
    const [key = '', head = '', witnesses = ''] = ['key', 'head', 'witnesses'].map((id) => inputById(id).value);
    ask({ kind: 'check', key, head, witnesses });
  }

  function take(reply: Reply): void {
    if (reply.kind === 'progress') progress().value = reply.share;
    else if (reply.kind === 'rows') records.rows(reply);
    else if (reply.kind === 'record') records.detail(reply);
    else if (reply.kind === 'checked') showChecked(reply);
    else fail(reply);
  }

  function fail({ about: what, message, hint }: Extract<Reply, { kind: 'failed' }>): void {
    if (what === 'search' || what === 'more' || what === 'record') {
      records.failed(printable(message));
      return;
    }
    progress().hidden = true;
    say('? NOT CHECKED', printable(`${message}. ${hint}`));
  }

  byId('paste').addEventListener('submit', (event) => {
    event.preventDefault();
    check();
  });
  if (about.isComplete) {
    const files = embedded('journal') as EmbeddedFile[];
    mount(files);
    byId('save').addEventListener('click', () => {
      save(journalArchive(files), 'journal.tar');
    });
    return;
  }
  listenForFiles(mount);
  say('? NOT CHECKED', 'The journal is too large for a page. Drop its folder below, and it is checked here.');
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Not at once: the browser may still read it.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}

function showChecked({ inspection, notes }: Extract<Reply, { kind: 'checked' }>): void {
  progress().hidden = true;
  show('check-status', answerView(checkAnswer(inspection)));
  show('check-result', checkView(inspection, formatMicros(Date.now() * 1_000)));
  show('answer-body', answerSection(inspection.report));
  show('report', reportSections(inspection.report));
  show('report-source', 'Worked out by this page, from the records it checked.');
  show('paste-status', list([...notes]));
}

function listenForFiles(mount: (files: readonly DroppedFile[]) => void): void {
  const take = (files: readonly DroppedFile[]): void => {
    const isJournal = files.some(({ path }) => path === 'journal.json');
    const words = isJournal
      ? `${files.length} files are read.`
      : 'That is no journal: a file journal.json belongs to it. Drop the whole folder. Some records of a journal, which come ' +
        'as a bundle, are checked by egress verify.';
    show('drop-status', words);
    if (isJournal) mount(files);
  };
  const refused = (): void => {
    show('drop-status', 'This browser did not hand out what was dropped: choose the folder with the field above.');
  };
  const zone = byId('drop');
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
  });
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then(take, refused);
  });
  for (const id of ['folder', 'files']) {
    byId(id).addEventListener('change', (event) => {
      take(filesOf((event.target as HTMLInputElement).files ?? []));
    });
  }
}

/** Where unsent answers lie: IndexedDB, so that they survive the tab, the browser and the power. */

/** @import {Operation} from "./types.js" */

/**
 * @typedef {object} OutboxStore
 * @property {(operation: Operation) => Promise<void>} add resolves once it is on disk
 * @property {() => Promise<Operation | undefined>} first the oldest one
 * @property {(seq: number) => Promise<void>} remove
 * @property {(operation: Operation, reason: string) => Promise<void>} refuse set aside for good
 * @property {() => Promise<Operation[]>} all in order
 * @property {() => Promise<number>} refusedCount
 */

const WAITING = "waiting";
const REFUSED = "refused";

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open("asknext-outbox", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(WAITING, { keyPath: "seq", autoIncrement: true });
    request.result.createObjectStore(REFUSED, { keyPath: "key" });
  };
  return settled(request);
}

/** @returns {Promise<OutboxStore>} */
export async function openStore() {
  const database = await openDatabase();
  database.onversionchange = () => database.close();

  /** @param {string[]} stores @param {(transaction: IDBTransaction) => void} work */
  const write = async (stores, work) => {
    const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
    work(transaction);
    await committed(transaction);
  };
  const waiting = () => database.transaction(WAITING).objectStore(WAITING);

  return {
    add: (operation) => write([WAITING], (tx) => tx.objectStore(WAITING).add(operation)),
    first: async () => (await settled(waiting().openCursor()))?.value,
    remove: (seq) => write([WAITING], (tx) => tx.objectStore(WAITING).delete(seq)),
    refuse: (operation, reason) =>
      write([WAITING, REFUSED], (tx) => {
        tx.objectStore(REFUSED).put({ ...operation, reason });
        tx.objectStore(WAITING).delete(/** @type {number} */ (operation.seq));
      }),
    all: () => settled(waiting().getAll()),
    refusedCount: () => settled(database.transaction(REFUSED).objectStore(REFUSED).count()),
  };
}

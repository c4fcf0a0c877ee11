import { forget, names, read, store } from '../shared/storage.js'

/**
 * Chats are kept in this browser alone, each under a key of its own, so that two tabs do not overwrite each other's.
 * Where there is no storage (private windows, full disk) the page works without memory.
 */

const prefix = 'chat.'
const keep = 100

export function newChat(model) {
  return { id: `${Date.now()}-${Math.floor(Math.random() * 1e9)}`, model, updated: Date.now(), messages: [] }
}

/** Newest first. */
export function listChats() {
  const chats = names(prefix)
    .map((name) => read(name))
    .filter((chat) => Array.isArray(chat?.messages) && chat.messages.length > 0)
  return chats.sort((a, b) => b.updated - a.updated)
}

export function loadChat(id) {
  return id ? read(prefix + id) : undefined
}

export function saveChat(chat) {
  chat.updated = Date.now()
  store(prefix + chat.id, chat)
  for (const old of listChats().slice(keep)) deleteChat(old.id)
}

export function deleteChat(id) {
  forget(prefix + id)
}

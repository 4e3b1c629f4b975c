#!lua name=castle_1
-- Castle's voter in Redis (docs/replication.md, rules 2, 4, 8, 9, 12): one function a request, so
-- that check and act are one step. For Redis 7 and Valkey. This file: the store and its answers;
-- journal.lua and image.lua follow it in the same library. The number in all names is that of the
-- data's layout: programs of two layouts can share a server.
--
-- Keys, all with one hash tag, behind the prefix of KEYS[1] = {castle:<shard>}:meta
--   meta        hash: key agreed epoch last committed beat base runs snapshot...
--   log         hash: first position of a record -> f64 epoch, u32 count, the entries' bytes
--   index       zset: first position of a record, by itself
--   segment:<n> string of up to 1 MiB: lines n*4096 to n*4096+4095 of the state's image
--   segments    set of the n that exist
--   delta:<p>   list: the line runs that made the snapshot at p of the one before, in parts
--   deltas      list: for each delta f64 on position, f64 position, f64 bytes
--   followers   hash: name -> position up to which the follower no longer needs the journal
--   stage:<token>:...  what a large image is put together in; it expires by itself
-- The journal is no stream: a stream cannot rewrite a record through which a cut goes, nor take
-- another entry at a position that it had before.
-- `base` is the position before the first available entry; it is committed. `runs` = pairs of f64
-- (epoch, first position), the base's first; so epochs are found in O(log n), without the entries.
-- Every function checks everything before its first write: an error leaves all as it was.
-- A server that lost keys of ours (it evicted them, or somebody deleted or overwrote them) has
-- forgotten answered entries under an unchanged run id: it counts as flushed, and is filled anew.

local RECORD_HEADER = 12
local READ_BYTES = 1048576

-- Positions pass 10^14 one day; tostring would round them.
local function text(number) return string.format('%.0f', number) end

local FIELDS = {'key', 'agreed', 'epoch', 'last', 'committed', 'beat', 'base', 'runs',
  'snapshot', 'snapshotEpoch', 'snapshotInstance', 'snapshotHash', 'deltaBytes', 'segmentCount'}

local function isOfType(key, kind) return redis.call('TYPE', key).ok == kind end

-- Nothing where there is nothing, where it is not ours, or where the log that it tells of is gone.
local function fieldsOf(store)
  local values = redis.pcall('HMGET', store.meta, unpack(FIELDS))
  if values.err then return {} end
  local isEmpty = tonumber(values[4] or 0) <= tonumber(values[7] or 0)
  local isHeld = isEmpty or (isOfType(store.log, 'hash') and isOfType(store.index, 'zset'))
  return isHeld and values or {}
end

-- The instance changes with every restart (run_id), failover (both) and fill (key).
local function open(keys)
  local prefix = string.sub(keys[1], 1, -5)
  local store = {prefix = prefix, meta = keys[1], log = prefix .. 'log', index = prefix .. 'index'}
  local info = redis.call('INFO', 'server', 'replication')
  if not string.find(info, 'role:master', 1, true) then
    error({err = 'READONLY this server is a replica'})
  end
  local values = fieldsOf(store)
  store.isEmpty = true
  for index in ipairs(FIELDS) do store.isEmpty = store.isEmpty and not values[index] end
  for index, field in ipairs(FIELDS) do store[field] = values[index] or nil end
  for _, field in ipairs({'epoch', 'last', 'committed', 'beat', 'base', 'deltaBytes'}) do
    store[field] = tonumber(store[field] or 0)
  end
  store.snapshot = tonumber(store.snapshot or -1)
  store.runs = store.runs or struct.pack('<dd', 0, 0)
  store.instance = string.match(info, 'run_id:(%x+)') .. ':' ..
    string.match(info, 'master_replid:(%x+)') .. ':' .. (store.key or '')
  store.isAgreed = store.agreed == store.instance
  return store
end

local function answer(store, kind, ...)
  return {kind, store.instance, store.isAgreed and 1 or 0, store.epoch, ...}
end

local function refuse(store, reason, retryAfter)
  return answer(store, 'refused', reason, retryAfter or 0)
end

-- A refusal, where the request names another instance or comes from an older epoch.
local function admit(store, instance, epoch)
  if instance ~= store.instance then return {'amnesia', store.instance} end
  if epoch < store.epoch then return refuse(store, 'OLD_EPOCH') end
  return nil
end

-- Before the first write to what counts as empty: what is left of it must not come back.
local function forget(store)
  if not store.isEmpty then return end
  store.isEmpty = false
  local set, deltas = store.prefix .. 'segments', store.prefix .. 'deltas'
  if isOfType(set, 'set') then
    for _, segment in ipairs(redis.call('SMEMBERS', set)) do
      redis.call('UNLINK', store.prefix .. 'segment:' .. segment)
    end
  end
  redis.call('UNLINK', store.meta, store.log, store.index, set, deltas)
end

local function takeEpoch(store, epoch)
  forget(store)
  if epoch > store.epoch then
    redis.call('HSET', store.meta, 'epoch', text(epoch))
    store.epoch = epoch
  end
end

local function runCount(store) return #store.runs / 16 end

-- Epoch and first position of the run with this number, from 0.
local function run(store, number) return struct.unpack('<dd', store.runs, number * 16 + 1) end

-- Number of the run that holds a position at or after the base.
local function runAt(store, position)
  local low, high = 0, runCount(store) - 1
  while low < high do
    local middle = math.ceil((low + high) / 2)
    local _, first = run(store, middle)
    if first <= position then low = middle else high = middle - 1 end
  end
  return low
end

local function epochAt(store, position)
  local epoch = run(store, runAt(store, position))
  return epoch
end

local function lastEpoch(store)
  local epoch = run(store, runCount(store) - 1)
  return epoch
end

local function headerOf(record) return struct.unpack('<dI4', record) end

-- Without a flag a function is refused at its start when memory is short, never in its middle. What
-- writes a few bytes, or frees some, is allowed even then.
local function register(name, callback, flag)
  redis.register_function{
    function_name = 'castle_1_' .. name, callback = callback, flags = {flag},
  }
end

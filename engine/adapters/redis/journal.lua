-- The journal: append, vote, read, agree, trim, followers. Follows castle.lua in one library.

-- Where the entry with this number, from 0, starts in a record.
local function entryAt(record, number)
  local at = RECORD_HEADER + 1
  for _ = 1, number do at = at + 5 + struct.unpack('<I4', record, at) end
  return at
end

-- Entries `from` to `to` (numbers from 0, `to` excluded) of a record.
local function slice(record, from, to)
  local epoch, count = headerOf(record)
  if from == 0 and to == count then return record end
  local start = entryAt(record, from)
  local stop = to == count and #record or entryAt(record, to) - 1
  return struct.pack('<dI4', epoch, to - from) .. string.sub(record, start, stop)
end

local function recordBefore(store, position)
  local found =
    redis.call('ZREVRANGEBYSCORE', store.index, text(position), '-inf', 'LIMIT', 0, 1)
  return tonumber(found[1])
end

-- unpack() has a limit, and so have arguments.
local function inChunks(list, act)
  for from = 1, #list, 1000 do act(unpack(list, from, math.min(from + 999, #list))) end
end

-- Deletes from `from` on. Cuts only what is not committed.
local function cut(store, from)
  if from <= store.committed or from <= store.snapshot then
    error({err = 'CASTLE an append would cut what is committed'})
  end
  local firsts = redis.call('ZRANGEBYSCORE', store.index, text(from), '+inf')
  inChunks(firsts, function(...) redis.call('HDEL', store.log, ...) end)
  redis.call('ZREMRANGEBYSCORE', store.index, text(from), '+inf')
  local holder = recordBefore(store, from - 1)
  if holder then
    local record = redis.call('HGET', store.log, text(holder))
    local _, count = headerOf(record)
    if holder + count > from then
      redis.call('HSET', store.log, text(holder), slice(record, 0, from - holder))
    end
  end
  store.runs = string.sub(store.runs, 1, (runAt(store, from - 1) + 1) * 16)
  store.last = from - 1
end

-- Rule 4, for one record: equal entries change nothing, a conflict cuts, what is new is written.
local function merge(store, first, record)
  local epoch, count = headerOf(record)
  local last = first + count - 1
  local from = math.max(first, store.base + 1)
  while from <= last and from <= store.last do
    local number = runAt(store, from)
    local held = run(store, number)
    if held ~= epoch then break end
    local after = store.last + 1
    if number + 1 < runCount(store) then after = select(2, run(store, number + 1)) end
    from = after
  end
  if from > last then return end
  if from <= store.last then cut(store, from) end
  redis.call('HSET', store.log, text(from), slice(record, from - first, count))
  redis.call('ZADD', store.index, text(from), text(from))
  if lastEpoch(store) ~= epoch then store.runs = store.runs .. struct.pack('<dd', epoch, from) end
  store.last = last
end

-- Records as arguments (first position, record) from `at` on: consecutive after `previous`, epochs
-- never falling. Returns the last position.
local function checkRecords(args, at, previous, epoch, epochMax)
  for number = at, #args, 2 do
    local recordEpoch, count = headerOf(args[number + 1])
    if tonumber(args[number]) ~= previous + 1 or recordEpoch < epoch or recordEpoch > epochMax
      or count < 1 then
      error({err = 'CASTLE records are not consecutive'})
    end
    previous, epoch = previous + count, recordEpoch
  end
  return previous, epoch
end

local function observe(keys)
  local store = open(keys)
  return answer(store, 'observed', lastEpoch(store), store.last, store.beat, store.snapshot)
end

-- args: instance, epoch, previous position, its epoch, committed, then records.
local function append(keys, args)
  local store = open(keys)
  local epoch, previous, previousEpoch = tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  local refusal = admit(store, args[1], epoch)
  if refusal then return refusal end
  local last = checkRecords(args, 6, previous, previousEpoch, epoch)
  local isGap, retryAfter = false, 0
  if previous > store.last then
    isGap, retryAfter = true, store.last
  elseif previous >= store.base and epochAt(store, previous) ~= previousEpoch then
    local _, first = run(store, runAt(store, previous))
    isGap, retryAfter = true, math.max(store.base, first - 1)
  end
  if isGap then
    takeEpoch(store, epoch)
    return refuse(store, 'GAP', retryAfter)
  end
  forget(store)
  for number = 6, #args, 2 do merge(store, tonumber(args[number]), args[number + 1]) end
  -- Only up to here is this log known to be the primary's.
  store.committed = math.max(store.committed, math.min(tonumber(args[5]), last))
  store.epoch = epoch
  redis.call('HSET', store.meta, 'epoch', text(epoch), 'last', text(store.last), 'runs', store.runs,
    'committed', text(store.committed), 'beat', text(store.beat + 1))
  return answer(store, 'appended', math.max(last, store.base))
end

-- The incarnation that has a seat, as far as the snapshot knows: its instance is followed by '|seat=number'
-- for each seat whose engine was replaced (engine/replication/members.ts).
local function incarnationOf(store, seat)
  for name, incarnation in string.gmatch(store.snapshotInstance or '', '|([^|=]+)=(%d+)') do
    if name == seat then return tonumber(incarnation) end
  end
  return 1
end

-- args: instance, epoch, seat and incarnation of the candidate. Rules 2 and 14.
local function vote(keys, args)
  local store = open(keys)
  local epoch = tonumber(args[2])
  if args[1] ~= store.instance then return {'amnesia', store.instance} end
  local incarnation = incarnationOf(store, args[3])
  if tonumber(args[4] or 1) < incarnation then return refuse(store, 'REPLACED', incarnation) end
  if epoch <= store.epoch then return refuse(store, 'OLD_EPOCH') end
  takeEpoch(store, epoch)
  return answer(store, 'granted', lastEpoch(store), store.last, store.snapshot, store.runs)
end

-- Adds (first, record) pairs to a reply, from the record that holds `from` on.
local function addRecords(store, reply, from, to, bytesMax)
  local start = recordBefore(store, from) or from
  local bytes = 0
  while start <= to and bytes < bytesMax do
    local firsts = redis.call('ZRANGEBYSCORE', store.index, text(start), text(to), 'LIMIT', 0, 100)
    if #firsts == 0 then return end
    local records = redis.call('HMGET', store.log, unpack(firsts))
    for number, record in ipairs(records) do
      if bytes >= bytesMax then return end
      reply[#reply + 1] = firsts[number]
      reply[#reply + 1] = record
      bytes = bytes + #record
    end
    start = tonumber(firsts[#firsts]) + 1
  end
end

-- args: instance, epoch, from. Rule 3: while the epoch is still that of the vote.
local function read(keys, args)
  local store = open(keys)
  if args[1] ~= store.instance then return {'amnesia', store.instance} end
  if tonumber(args[2]) ~= store.epoch then return refuse(store, 'OLD_EPOCH') end
  local from = tonumber(args[3])
  if from <= store.base then return refuse(store, 'TRIMMED', store.base) end
  local reply = answer(store, 'entries', from, store.last)
  addRecords(store, reply, from, store.last, READ_BYTES)
  return reply
end

-- args: from, bytes at most. For followers: what is committed, whatever the epoch.
local function tail(keys, args)
  local store = open(keys)
  local reply = answer(store, 'tail', store.committed, store.base + 1)
  local from = tonumber(args[1])
  if from > store.base then
    addRecords(store, reply, from, store.committed, math.min(tonumber(args[2]), READ_BYTES))
  end
  return reply
end

-- args: instance, epoch. Rule 8.
local function agree(keys, args)
  local store = open(keys)
  local refusal = admit(store, args[1], tonumber(args[2]))
  if refusal then return refusal end
  takeEpoch(store, tonumber(args[2]))
  redis.call('HSET', store.meta, 'agreed', store.instance)
  store.isAgreed = true
  return answer(store, 'agreedUpon')
end

-- args: instance, epoch, up to. At most a thousand records; 1 at the end of the reply = call again.
local function trim(keys, args)
  local store = open(keys)
  local refusal = admit(store, args[1], tonumber(args[2]))
  if refusal then return refusal end
  takeEpoch(store, tonumber(args[2]))
  local upTo = math.min(tonumber(args[3]), store.snapshot)
  local followers = store.prefix .. 'followers'
  if not isOfType(followers, 'hash') then redis.call('UNLINK', followers) end
  for _, retain in ipairs(redis.call('HVALS', followers)) do
    upTo = math.min(upTo, tonumber(retain))
  end
  if upTo <= store.base then return answer(store, 'trimmed', 0) end
  local firsts = redis.call('ZRANGEBYSCORE', store.index, '-inf', text(upTo), 'LIMIT', 0, 1001)
  local base, isMore = upTo, #firsts == 1001
  if isMore then
    base = tonumber(firsts[1001]) - 1
    firsts[1001] = nil
  else
    local first = tonumber(firsts[#firsts])
    local record = redis.call('HGET', store.log, text(first))
    local _, count = headerOf(record)
    if first + count - 1 > upTo then
      local rest = slice(record, upTo + 1 - first, count)
      redis.call('HSET', store.log, text(upTo + 1), rest)
      redis.call('ZADD', store.index, text(upTo + 1), text(upTo + 1))
    end
  end
  redis.call('HDEL', store.log, unpack(firsts))
  redis.call('ZREMRANGEBYSCORE', store.index, '-inf', text(base))
  store.runs = struct.pack('<dd', epochAt(store, base), base) ..
    string.sub(store.runs, (runAt(store, base) + 1) * 16 + 1)
  redis.call('HSET', store.meta, 'base', text(base), 'runs', store.runs)
  return answer(store, 'trimmed', isMore and 1 or 0)
end

-- args: name, position up to which the journal is no longer needed.
local function follow(keys, args)
  local store = open(keys)
  local followers = store.prefix .. 'followers'
  if not isOfType(followers, 'hash') then redis.call('UNLINK', followers) end
  redis.call('HSET', followers, args[1], args[2])
  return answer(store, 'following', store.committed, store.base + 1)
end

local function unfollow(keys, args)
  local store = open(keys)
  redis.call('HDEL', store.prefix .. 'followers', args[1])
  return answer(store, 'following', store.committed, store.base + 1)
end

register('observe', observe, 'no-writes')
-- As observe, and refused like all that writes while memory is short: asked until it is not.
register('probe', observe)
register('append', append)
register('vote', vote, 'allow-oom')
register('read', read, 'no-writes')
register('tail', tail, 'no-writes')
register('agree', agree, 'allow-oom')
register('trim', trim, 'allow-oom')
register('follow', follow, 'allow-oom')
register('unfollow', unfollow, 'allow-oom')

-- The state's image: staging, filling, snapshots and how they are read. Follows journal.lua.
-- A reader of a large image takes its segments one after the other while snapshots go on, and then
-- the deltas since it began: every line that changed meanwhile is in one of them.

local LINE_BYTES = 256
local SEGMENT_LINES = 4096
-- Longer than any part takes to arrive; what nobody finished is then gone.
local STAGE_SECONDS = 60
-- Deltas kept for readers: at one in 50 ms, those of three seconds.
local DELTAS_MAX = 64
local DELTA_BYTES_MAX = 67108864

-- Visits runs of lines: u32 first line, u32 count, the bytes; cut at the segments' borders.
local function eachRun(lines, visit)
  local at = 1
  while at <= #lines do
    local first, count = struct.unpack('<I4I4', lines, at)
    at = at + 8
    if count < 1 or at + count * LINE_BYTES - 1 > #lines then
      error({err = 'CASTLE a run of lines is malformed'})
    end
    while count > 0 do
      local segment, offset = math.floor(first / SEGMENT_LINES), first % SEGMENT_LINES
      local part = math.min(count, SEGMENT_LINES - offset)
      visit(segment, offset * LINE_BYTES, at, at + part * LINE_BYTES - 1)
      first, count, at = first + part, count - part, at + part * LINE_BYTES
    end
  end
end

-- Writes lines to segments below `prefix`. `prepare` is called once for each segment touched.
local function writeLines(prefix, lines, prepare)
  local touched, numbers = {}, {}
  eachRun(lines, function() end)
  eachRun(lines, function(segment, offset, from, to)
    if not touched[segment] then
      touched[segment] = prefix .. 'segment:' .. segment
      numbers[#numbers + 1] = segment
      if prepare then prepare(segment) end
    end
    redis.call('SETRANGE', touched[segment], offset, string.sub(lines, from, to))
  end)
  inChunks(numbers, function(...) redis.call('SADD', prefix .. 'segments', ...) end)
end

local function stagePrefix(store, token) return store.prefix .. 'stage:' .. token .. ':' end

-- args: token, 'live' or 'empty', lines. A live part starts from what the image is now: the last
-- step checks that it still is. Nobody sees it before that step.
local function stageLines(keys, args)
  local store = open(keys)
  local prefix = stagePrefix(store, args[1])
  writeLines(prefix, args[3], function(segment)
    local staged = prefix .. 'segment:' .. segment
    if args[2] == 'live' and redis.call('EXISTS', staged) == 0 then
      redis.call('COPY', store.prefix .. 'segment:' .. segment, staged)
    end
    redis.call('SETRANGE', staged, 0, '')
  end)
  for _, segment in ipairs(redis.call('SMEMBERS', prefix .. 'segments')) do
    redis.call('EXPIRE', prefix .. 'segment:' .. segment, STAGE_SECONDS)
  end
  if args[2] == 'live' then
    redis.call('RPUSH', prefix .. 'delta', args[3])
    redis.call('EXPIRE', prefix .. 'delta', STAGE_SECONDS)
  end
  redis.call('HINCRBY', prefix .. 'meta', 'parts', 1)
  redis.call('HINCRBY', prefix .. 'meta', 'bytes', #args[3])
  redis.call('EXPIRE', prefix .. 'segments', STAGE_SECONDS)
  redis.call('EXPIRE', prefix .. 'meta', STAGE_SECONDS)
  return {'staged'}
end

-- args: token, position before the first record, its epoch, then records, in the order of the log.
local function stageLog(keys, args)
  local store = open(keys)
  local prefix = stagePrefix(store, args[1])
  local held = redis.call('HMGET', prefix .. 'meta', 'last', 'lastEpoch', 'runs')
  local last, epoch = tonumber(held[1] or args[2]), tonumber(held[2] or args[3])
  local runs = held[3] or struct.pack('<dd', epoch, last)
  local newLast = checkRecords(args, 4, last, epoch, math.huge)
  for number = 4, #args, 2 do
    local recordEpoch = headerOf(args[number + 1])
    if recordEpoch ~= epoch then
      runs = runs .. struct.pack('<dd', recordEpoch, tonumber(args[number]))
      epoch = recordEpoch
    end
    redis.call('HSET', prefix .. 'log', args[number], args[number + 1])
    redis.call('ZADD', prefix .. 'index', args[number], args[number])
  end
  redis.call('HSET', prefix .. 'meta',
    'last', text(newLast), 'lastEpoch', text(epoch), 'runs', runs)
  redis.call('HINCRBY', prefix .. 'meta', 'parts', 1)
  for _, name in ipairs({'meta', 'log', 'index'}) do
    redis.call('EXPIRE', prefix .. name, STAGE_SECONDS)
  end
  return {'staged'}
end

-- What was staged is whole: as many parts as were sent, and nothing has expired.
local function checkStaged(prefix, parts)
  local segments = redis.call('SMEMBERS', prefix .. 'segments')
  local isWhole = tonumber(redis.call('HGET', prefix .. 'meta', 'parts') or 0) == parts
  for _, segment in ipairs(segments) do
    isWhole = isWhole and redis.call('EXISTS', prefix .. 'segment:' .. segment) == 1
  end
  if not isWhole then error({err = 'CASTLE what was staged is not whole'}) end
  return segments
end

local function moveKey(from, to)
  if redis.call('EXISTS', from) == 0 then return end
  redis.call('UNLINK', to)
  redis.call('RENAME', from, to)
  redis.call('PERSIST', to)
end

local function moveSegments(store, prefix, segments)
  for _, segment in ipairs(segments) do
    moveKey(prefix .. 'segment:' .. segment, store.prefix .. 'segment:' .. segment)
    redis.call('SADD', store.prefix .. 'segments', segment)
  end
  redis.call('UNLINK', prefix .. 'segments', prefix .. 'meta')
end

local function forgetDeltas(store)
  redis.call('UNLINK', store.prefix .. 'deltas')
  store.deltaBytes = 0
end

local function dropDelta(store)
  local oldest = redis.call('LPOP', store.prefix .. 'deltas')
  if not oldest then return forgetDeltas(store) end
  local _, position, bytes = struct.unpack('<ddd', oldest)
  redis.call('UNLINK', store.prefix .. 'delta:' .. text(position))
  store.deltaBytes = store.deltaBytes - bytes
end

-- All segments that were written are there.
local function isImageWhole(store)
  local set = store.prefix .. 'segments'
  local count = tonumber(store.segmentCount or 0)
  if count == 0 then return true end
  if not isOfType(set, 'set') or redis.call('SCARD', set) ~= count then return false end
  for _, segment in ipairs(redis.call('SMEMBERS', set)) do
    if not isOfType(store.prefix .. 'segment:' .. segment, 'string') then return false end
  end
  return true
end

local function countSegments(store)
  return redis.call('SCARD', store.prefix .. 'segments')
end

-- What was staged replaces everything. args: snapshot's position, epoch, instance, hash, token, parts.
local function replace(store, key, agreed, epoch, args)
  local position = tonumber(args[1])
  local prefix = stagePrefix(store, args[5])
  local segments = checkStaged(prefix, tonumber(args[6]))
  local staged = redis.call('HMGET', prefix .. 'meta', 'last', 'runs')
  local runs = staged[2] or struct.pack('<dd', tonumber(args[2]), position)
  local _, first = struct.unpack('<dd', runs)
  if first ~= position then error({err = 'CASTLE the journal does not follow the snapshot'}) end
  while isOfType(store.prefix .. 'deltas', 'list') do dropDelta(store) end
  store.isEmpty = true
  forget(store)
  moveKey(prefix .. 'log', store.log)
  moveKey(prefix .. 'index', store.index)
  moveSegments(store, prefix, segments)
  redis.call('HSET', store.meta, 'key', key, 'epoch', text(epoch), 'base', text(position),
    'last', staged[1] or text(position), 'runs', runs, 'committed', text(position),
    'beat', text(store.beat + 1), 'snapshot', text(position), 'snapshotEpoch', args[2],
    'snapshotInstance', args[3], 'snapshotHash', args[4], 'deltaBytes', '0',
    'segmentCount', text(countSegments(store)))
  if agreed then redis.call('HSET', store.meta, 'agreed', agreed) end
end

-- Rule 8. args: instance, new key, epoch, then as above.
local function fill(keys, args)
  local store, epoch = open(keys), tonumber(args[3])
  local refusal = admit(store, args[1], epoch)
  if refusal then return refusal end
  replace(store, args[2], nil, epoch, {unpack(args, 4)})
  return answer(open(keys), 'filled')
end

-- The instance stays what it is. One that has the snapshot's own entry lacks nothing, and may have answered for
-- more than a call knows that comes late. args: instance, epoch, then as above.
local function catchUp(keys, args)
  local store, epoch = open(keys), tonumber(args[2])
  local refusal = admit(store, args[1], epoch)
  if refusal then return refusal end
  if not store.key then error({err = 'CASTLE what is empty is filled, not caught up'}) end
  local position = tonumber(args[3])
  local isHeld = store.last >= position and epochAt(store, position) == tonumber(args[4])
  if store.base >= position or isHeld then
    return refuse(store, 'SNAPSHOT_CHANGED', store.snapshot)
  end
  replace(store, store.key, store.agreed, epoch, {unpack(args, 3)})
  return answer(open(keys), 'filled')
end

-- Rule 12. args: instance, epoch, on position, position, its epoch, instance, hash, token, parts,
-- lines.
local function writeSnapshot(keys, args)
  local store = open(keys)
  local epoch, position = tonumber(args[2]), tonumber(args[4])
  local refusal = admit(store, args[1], epoch)
  if refusal then return refusal end
  if not isImageWhole(store) then
    -- Its lines are gone, and only the changed ones come: it has to be filled anew.
    store.isEmpty = true
    forget(store)
    return {'amnesia', open(keys).instance}
  end
  if tonumber(args[3]) ~= store.snapshot or position < store.snapshot then
    return refuse(store, 'SNAPSHOT_CHANGED', store.snapshot)
  end
  -- A snapshot may only stand where this journal has the very entry that it ends with.
  if position > store.last then return refuse(store, 'GAP', store.last) end
  if epochAt(store, position) ~= tonumber(args[5]) then
    local _, first = run(store, runAt(store, position))
    return refuse(store, 'GAP', math.max(store.base, first - 1))
  end
  -- One position has one state: there is nothing to write.
  if position == store.snapshot then return answer(store, 'snapshotWritten', position) end
  forget(store)
  local delta, deltas = store.prefix .. 'delta:' .. text(position), store.prefix .. 'deltas'
  if not isOfType(deltas, 'list') then forgetDeltas(store) end
  redis.call('UNLINK', delta)
  local bytes = #args[10]
  if args[8] ~= '' then
    local prefix = stagePrefix(store, args[8])
    local segments = checkStaged(prefix, tonumber(args[9]))
    bytes = tonumber(redis.call('HGET', prefix .. 'meta', 'bytes'))
    moveKey(prefix .. 'delta', delta)
    moveSegments(store, prefix, segments)
  else
    writeLines(store.prefix, args[10])
    redis.call('RPUSH', delta, args[10])
  end
  redis.call('RPUSH', deltas, struct.pack('<ddd', store.snapshot, position, bytes))
  store.deltaBytes = store.deltaBytes + bytes
  while store.deltaBytes > DELTA_BYTES_MAX or redis.call('LLEN', deltas) > DELTAS_MAX do
    dropDelta(store)
  end
  takeEpoch(store, epoch)
  redis.call('HSET', store.meta, 'snapshot', text(position), 'snapshotEpoch', args[5],
    'snapshotInstance', args[6], 'snapshotHash', args[7], 'deltaBytes', text(store.deltaBytes),
    'committed', text(math.max(store.committed, position)),
    'segmentCount', text(countSegments(store)))
  return answer(store, 'snapshotWritten', position)
end

local function imageHead(store)
  return {'image', store.instance, store.snapshot, tonumber(store.snapshotEpoch or 0),
    store.snapshotInstance or '', store.snapshotHash or ''}
end

-- The snapshot's head and the numbers of its segments, and, of a small one, the segments too:
-- number, bytes or false.
local function imageOpen(keys)
  local store = open(keys)
  if not isImageWhole(store) then error({err = 'CASTLE a part of the image is gone'}) end
  local reply = imageHead(store)
  -- What is left of an image that nothing tells of any more is none.
  if store.snapshot < 0 then return reply end
  local bytes = 0
  for _, segment in ipairs(redis.call('SMEMBERS', store.prefix .. 'segments')) do
    local content = false
    if bytes < READ_BYTES then
      content = redis.call('GET', store.prefix .. 'segment:' .. segment)
      bytes = bytes + #content
    end
    reply[#reply + 1] = segment
    reply[#reply + 1] = content
  end
  return reply
end

-- args: numbers of segments.
local function imageSegments(keys, args)
  local store = open(keys)
  if not isImageWhole(store) then error({err = 'CASTLE a part of the image is gone'}) end
  local reply = imageHead(store)
  for _, segment in ipairs(args) do
    reply[#reply + 1] = redis.call('GET', store.prefix .. 'segment:' .. segment)
  end
  return reply
end

-- args: position that the reader's image has, and parts of the next delta that it has already.
-- What follows, about READ_BYTES: delta's on position, position, number of parts, this part.
local function imageDeltas(keys, args)
  local store = open(keys)
  local reply = imageHead(store)
  local since, skip, bytes = tonumber(args[1]), tonumber(args[2]), 0
  local deltas = store.prefix .. 'deltas'
  if not isOfType(deltas, 'list') then return reply end
  for _, packed in ipairs(redis.call('LRANGE', deltas, 0, -1)) do
    local on, position = struct.unpack('<ddd', packed)
    if on >= since then
      local key = store.prefix .. 'delta:' .. text(position)
      local parts = redis.call('LLEN', key)
      for number = skip, parts - 1 do
        if bytes >= READ_BYTES then return reply end
        local part = redis.call('LINDEX', key, number)
        bytes = bytes + #part
        reply[#reply + 1] = {on, position, parts, part}
      end
      skip = 0
    end
  end
  return reply
end

register('stage_lines', stageLines)
register('stage_log', stageLog)
register('fill', fill)
register('catch_up', catchUp)
register('write_snapshot', writeSnapshot)
register('image_open', imageOpen, 'no-writes')
register('image_segments', imageSegments, 'no-writes')
register('image_deltas', imageDeltas, 'no-writes')

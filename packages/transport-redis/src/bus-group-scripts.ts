import { script } from "./script.ts";

// KEYS of all of them: 1 the lease, which says until when the others stand by; 2 the holder, whom the group belongs to until
// another takes it over; 3 the events; 4 the dead ones. ARGV[1] is the caller, ARGV[2] the group.

/** All entries a group has taken belong to this one consumer; the holder says which process acts for it. */
const consumer = "holder";

/**
 * Takes or renews the lease, then hands out entries with how often each was handed out. ARGV: caller, group, lease in ms, most
 * entries, where to go on claiming what an earlier holder left (empty when that is done), the newest entry the caller knows of,
 * and 1 if it thinks it is the holder. Entries given to a call whose reply was lost are newer than that, and are given again.
 */
export const takeScript = script(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return {'other'} end
local holder = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[1])
local held = holder == ARGV[1] or (not holder and ARGV[7] == '1')
local outcome = held and 'held' or 'gained'
local from = held and ARGV[5] or '0-0'
if from ~= '' then
  local claimed = redis.call('XAUTOCLAIM', KEYS[3], ARGV[2], '${consumer}', 0, from, 'COUNT', ARGV[4])
  local counts = {}
  for i, entry in ipairs(claimed[2]) do
    counts[i] = redis.call('XPENDING', KEYS[3], ARGV[2], entry[1], entry[1], 1)[1][4]
  end
  return {outcome, claimed[1] == '0-0' and '' or claimed[1], claimed[2], counts}
end
local entries, counts = {}, {}
for i, unseen in ipairs(redis.call('XPENDING', KEYS[3], ARGV[2], '(' .. ARGV[6], '+', ARGV[4])) do
  entries[#entries + 1] = redis.call('XRANGE', KEYS[3], unseen[1], unseen[1])[1] or {unseen[1], {}}
  counts[#counts + 1] = unseen[4]
end
if #entries > 0 then return {outcome, '', entries, counts} end
local taken = redis.call('XREADGROUP', 'GROUP', ARGV[2], '${consumer}', 'COUNT', ARGV[4], 'STREAMS', KEYS[3], '>')
return {outcome, '', taken and taken[1][2] or {}, {}}
`);

const checkHolder = `
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return 0 end
`;

/** ARGV: caller, group, lease in ms. Answers 0 when another took over. */
export const renewScript = script(checkHolder, "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) return 1");

/** ARGV: caller, group. */
export const releaseScript = script(checkHolder, "redis.call('DEL', KEYS[1], KEYS[2]) return 1");

/**
 * Ends entries. ARGV: caller, group, most dead events, time, then pairs of an entry and its dead event, which is empty for one that
 * was handled. Answers 0 when another took over. A dead event is stored before its entry ends, and once however often this is sent.
 */
export const settleScript = script(
  checkHolder,
  `
for i = 5, #ARGV, 2 do
  if ARGV[i + 1] ~= '' then
    redis.call('ZADD', KEYS[4], 'NX', ARGV[4], ARGV[i + 1])
    redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - ARGV[3])
  end
  redis.call('XACK', KEYS[3], ARGV[2], ARGV[i])
end
return 1
`,
);

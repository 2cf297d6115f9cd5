"""What Redis does in one step: a look at a key together with the claim to refill it, and a store that is fenced.

Reading is done by GETEX, a writing command: a server that takes no writes could not be told of an invalidation, so
nothing is read from it either.
"""

# What another program left under a key of ours goes; a server that refuses that is out of order, and says so.
_TEXT = """
local function text(key)
    local found = redis.pcall('GETEX', key)
    if type(found) == 'table' then redis.call('UNLINK', key) return false end
    return found
end
"""

# KEYS: value, lock, epochs of its namespaces. ARGV: a token, milliseconds of the lock, now, seconds of an epoch, magic.
# Gives what to do, the stored bytes, the epochs.
FETCH = (
    _TEXT
    + """
local epochs = ''
for place = 3, #KEYS do
    local epoch = text(KEYS[place])
    if not epoch then
        epoch = ARGV[1] .. '@'
        redis.call('SET', KEYS[place], epoch, 'EX', ARGV[4])
    end
    epochs = epochs .. epoch .. ','
end
local found = text(KEYS[1])
local valid = found and string.sub(found, 1, #ARGV[5]) ~= ARGV[5]
if found and not valid then
    local stop = string.find(found, '\\n', #ARGV[5] + 1, true)
    local soft = string.match(found, '^%d+', stop + 1)
    valid = string.sub(found, #ARGV[5] + 1, stop - 1) == epochs
    if valid and tonumber(ARGV[3]) >= tonumber(soft) then
        text(KEYS[2])
        if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'early', found, epochs} end
    end
end
if valid then return {'hit', found, epochs} end
text(KEYS[2])
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'claimed', '', epochs} end
return {'wait', '', epochs}
"""
)

# KEYS as above. ARGV: the token, the epochs that the refill began under, what to store, its milliseconds (0: for ever).
STORE = (
    _TEXT
    + """
local epochs = ''
for place = 3, #KEYS do epochs = epochs .. (text(KEYS[place]) or '') .. ',' end
if text(KEYS[2]) == ARGV[1] then redis.call('UNLINK', KEYS[2]) end
if epochs ~= ARGV[2] then return 0 end
if ARGV[4] == '0' then redis.call('SET', KEYS[1], ARGV[3]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
return 1
"""
)

# KEYS: the lock. ARGV: the token, milliseconds (0: give it up).
HOLD = (
    _TEXT
    + """
if text(KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('UNLINK', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
)

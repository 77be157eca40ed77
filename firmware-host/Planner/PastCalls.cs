using Edge.Api;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>The calls of a memory, parsed; the same memory again allocates nothing. Not thread-safe.</summary>
internal sealed class PastCalls
{
    private readonly List<(string Text, ApiInvocation? Call)> _parsed = [];
    private IReadOnlyList<MemoryEntry> _memory = [];

    /// <summary>How many.</summary>
    public int Count => _memory.Count;

    /// <summary>What is remembered of the k-th, oldest first.</summary>
    public MemoryEntry EntryAt(int index) => _memory[index];

    /// <summary>The k-th, oldest first; null: its text is no call.</summary>
    public ApiInvocation? this[int index] => _parsed[index].Call;

    /// <summary>The newest; null: there is none.</summary>
    public ApiInvocation? Last => Count > 0 ? this[Count - 1] : null;

    /// <summary>The newest, if it succeeded.</summary>
    public ApiInvocation? LastSuccess => Count > 0 && EntryAt(Count - 1).Outcome == SubtaskOutcome.Succeeded ? Last : null;

    /// <summary>Slot of the newest; 0: there is none.</summary>
    public int LastSlot => Count > 0 ? EntryAt(Count - 1).Slot : 0;

    /// <summary>The newest took again what the one before had dropped: its slot tells where the thing stood before that.</summary>
    public bool LastIsRetry => Count > 1 && PlannerMemory.TakesAgain(EntryAt(Count - 2), this[Count - 2], Last);

    /// <summary>Failures in a row before the newest.</summary>
    public int FailuresBeforeLast
    {
        get
        {
            var failures = 0;
            while (failures < Count - 1 && EntryAt(Count - 2 - failures).Outcome != SubtaskOutcome.Succeeded)
                failures++;
            return failures;
        }
    }

    /// <summary>Reads a memory, oldest call first.</summary>
    public PastCalls Read(IReadOnlyList<MemoryEntry> memory)
    {
        _memory = memory;
        if (_parsed.Count > memory.Count)
            _parsed.RemoveRange(memory.Count, _parsed.Count - memory.Count);
        for (var i = 0; i < memory.Count; i++)
        {
            var text = memory[i].Call;
            if (i < _parsed.Count && _parsed[i].Text == text)
                continue;
            var parsed = (text, CallParser.TryParse(text, MemorySlots.All, out var call, out _) ? call : null);
            if (i < _parsed.Count)
                _parsed[i] = parsed;
            else
                _parsed.Add(parsed);
        }

        return this;
    }

    /// <summary>The image point that an argument means; null where its call has fallen out of the memory.</summary>
    public ArgumentValue? PointOf(ArgumentValue argument)
    {
        while (argument.MemorySlot > 0)
        {
            var index = IndexOf(argument.MemorySlot);
            if (index < 0)
                return null;
            // As PlannerMemory.WhereItStood says: a retry is about where the thing stood at first.
            while (index > 0 && PlannerMemory.TakesAgain(_memory[index - 1], this[index - 1], this[index]))
                index--;
            if (this[index] is not { Arguments: [var first, ..] } || first.MemorySlot >= argument.MemorySlot)
                return null;
            argument = first;
        }

        return argument;
    }

    private int IndexOf(int slot)
    {
        for (var i = _memory.Count - 1; i >= 0; i--)
        {
            if (_memory[i].Slot == slot)
                return i;
        }

        return -1;
    }
}

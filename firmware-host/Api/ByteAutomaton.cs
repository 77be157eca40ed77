namespace Edge.Api;

/// <summary>A deterministic automaton over bytes: one table look-up a byte. Every state of it can still reach an accepting one.</summary>
public sealed class ByteAutomaton
{
    /// <summary>The first state.</summary>
    public const int Start = 0;

    /// <summary>No text that begins like this is accepted.</summary>
    public const int Dead = -1;

    private const int Bytes = 256;

    // The table has a column for each byte that some text holds, and one of dead ends for all the others.
    private readonly int[] _columnOf, _next;
    private readonly int _columns;
    private readonly bool[] _accepting;

    private ByteAutomaton(int[] columnOf, int columns, int[] next, bool[] accepting)
    {
        _columnOf = columnOf;
        _columns = columns;
        _next = next;
        _accepting = accepting;
        MaxLength = LongestFrom(Start, new int?[accepting.Length]);
    }

    /// <summary>States, numbered from 0.</summary>
    public int StateCount => _accepting.Length;

    /// <summary>Bytes of the longest text accepted.</summary>
    public int MaxLength { get; }

    /// <summary>The state after one more byte, or <see cref="Dead"/>.</summary>
    public int Next(int state, byte value) => state < 0 ? Dead : _next[(state * _columns) + _columnOf[value]];

    /// <summary>The state after some more bytes, or <see cref="Dead"/>.</summary>
    public int Next(int state, ReadOnlySpan<byte> text)
    {
        foreach (var value in text)
        {
            state = Next(state, value);
            if (state == Dead)
                break;
        }

        return state;
    }

    /// <summary>True when the text up to here is complete.</summary>
    public bool IsAccepting(int state) => state >= 0 && _accepting[state];

    /// <summary>True when exactly this text is accepted.</summary>
    public bool Accepts(ReadOnlySpan<byte> text) => IsAccepting(Next(Start, text));

    /// <summary>Subset construction. Patterns have no dead ends, so neither has the result.</summary>
    internal static ByteAutomaton Compile(TextPattern pattern)
    {
        var source = new NondeterministicAutomaton();
        var end = pattern.AddTo(source, 0);
        var columnOf = new int[Bytes];
        var columns = 1;
        foreach (var value in source.Alphabet)
            columnOf[value] = columns++;
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var subsets = new List<int[]>();
        var next = new List<int>();
        NumberOf(source.Closure([0]));
        for (var state = 0; state < subsets.Count; state++)
        {
            // Bytes that lead to the same places are one step: most states allow all letters or all digits alike.
            foreach (var step in subsets[state].SelectMany(source.BytesOf).ToLookup(b => b.Byte, b => b.To).GroupBy(bytes => string.Join(',', bytes)))
            {
                var to = NumberOf(source.Closure(step.First()));
                foreach (var bytes in step)
                    next[(state * columns) + columnOf[bytes.Key]] = to;
            }
        }

        return new ByteAutomaton(columnOf, columns, [.. next], [.. subsets.Select(s => s.Contains(end))]);

        int NumberOf(int[] subset)
        {
            var key = string.Join(',', subset);
            if (numbers.TryGetValue(key, out var number))
                return number;
            number = subsets.Count;
            numbers.Add(key, number);
            subsets.Add(subset);
            next.AddRange(Enumerable.Repeat(Dead, columns));
            return number;
        }
    }

    /// <summary>The language is finite, so no path meets a state twice.</summary>
    private int LongestFrom(int state, int?[] known)
    {
        if (known[state] is { } found)
            return found;
        var longest = 0;
        for (var value = 0; value < Bytes; value++)
        {
            if (Next(state, (byte)value) is >= 0 and var next)
                longest = Math.Max(longest, 1 + LongestFrom(next, known));
        }

        known[state] = longest;
        return longest;
    }
}

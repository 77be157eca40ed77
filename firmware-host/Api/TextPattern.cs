namespace Edge.Api;

/// <summary>A finite language of ASCII text, put together from literals, sequences and choices; <see cref="ByteAutomaton"/> makes it deterministic.</summary>
internal abstract record TextPattern
{
    /// <summary>Exactly this text.</summary>
    public static TextPattern Literal(string text) => new LiteralPattern(text);

    /// <summary>One after the other.</summary>
    public static TextPattern Sequence(params IEnumerable<TextPattern> parts) => new SequencePattern([.. parts]);

    /// <summary>One of them.</summary>
    public static TextPattern Choice(params IEnumerable<TextPattern> options) => new ChoicePattern([.. options]);

    /// <summary>A whole number 0 to 9...9 of at most so many digits, without leading zeros.</summary>
    public static TextPattern Number(int maxDigits)
    {
        var tail = Literal("");
        for (var i = 1; i < maxDigits; i++)
            tail = Choice(Literal(""), Sequence(Digit(0), tail));
        return Choice(Literal("0"), Sequence(Digit(1), tail));
    }

    /// <summary>Lower-case letters and blanks, at most so many characters, the first one a letter.</summary>
    public static TextPattern Words(int maxCharacters)
    {
        var tail = Literal("");
        for (var i = 1; i < maxCharacters; i++)
            tail = Choice(Literal(""), Sequence(Letter(" "), tail));
        return Sequence(Letter(), tail);
    }

    /// <summary>Adds this text's states between <paramref name="from"/> and a new end, which is returned.</summary>
    public abstract int AddTo(NondeterministicAutomaton automaton, int from);

    /// <summary>A lower-case letter, or one more character.</summary>
    private static AnyOfPattern Letter(string more = "") => new(string.Concat(Enumerable.Range('a', 26).Select(c => (char)c)) + more);

    private static AnyOfPattern Digit(int first) => new(string.Concat(Enumerable.Range('0' + first, 10 - first).Select(c => (char)c)));

    private static byte Ascii(char c) => char.IsAscii(c) ? (byte)c : throw new InvalidOperationException($"'{c}' is not ASCII.");

    private sealed record LiteralPattern(string Text) : TextPattern
    {
        public override int AddTo(NondeterministicAutomaton automaton, int from)
        {
            foreach (var c in Text)
                from = automaton.AddBytes(from, [Ascii(c)]);
            return from;
        }
    }

    /// <summary>One character out of several: a single state, however many they are.</summary>
    private sealed record AnyOfPattern(string Characters) : TextPattern
    {
        public override int AddTo(NondeterministicAutomaton automaton, int from) => automaton.AddBytes(from, Characters.Select(Ascii));
    }

    private sealed record SequencePattern(TextPattern[] Parts) : TextPattern
    {
        public override int AddTo(NondeterministicAutomaton automaton, int from) =>
            Parts.Aggregate(from, (state, part) => part.AddTo(automaton, state));
    }

    private sealed record ChoicePattern(TextPattern[] Options) : TextPattern
    {
        public override int AddTo(NondeterministicAutomaton automaton, int from)
        {
            var end = automaton.AddState();
            foreach (var option in Options)
                automaton.AddEmpty(option.AddTo(automaton, from), end);
            return end;
        }
    }
}

/// <summary>States joined by bytes and by empty steps; state 0 is the start.</summary>
internal sealed class NondeterministicAutomaton
{
    private readonly List<(List<(byte Byte, int To)> Bytes, List<int> Empty)> _states = [([], [])];

    /// <summary>All bytes of all steps.</summary>
    public IEnumerable<byte> Alphabet => _states.SelectMany(state => state.Bytes).Select(step => step.Byte).Distinct();

    public int AddState()
    {
        _states.Add(([], []));
        return _states.Count - 1;
    }

    /// <summary>A new state that any of these bytes leads to.</summary>
    public int AddBytes(int from, IEnumerable<byte> values)
    {
        var to = AddState();
        _states[from].Bytes.AddRange(values.Select(value => (value, to)));
        return to;
    }

    public void AddEmpty(int from, int to) => _states[from].Empty.Add(to);

    public IEnumerable<(byte Byte, int To)> BytesOf(int state) => _states[state].Bytes;

    /// <summary>All states that empty steps reach, sorted.</summary>
    public int[] Closure(IEnumerable<int> states)
    {
        var reached = new SortedSet<int>();
        var open = new Stack<int>(states);
        while (open.TryPop(out var state))
        {
            if (!reached.Add(state))
                continue;
            foreach (var next in _states[state].Empty)
                open.Push(next);
        }

        return [.. reached];
    }
}

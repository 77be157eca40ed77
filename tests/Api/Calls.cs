using System.Text;
using Edge.Api;
using FsCheck;
using FsCheck.Fluent;

namespace Edge.Tests.Api;

/// <summary>Random calls, made from the declaration.</summary>
internal static class Calls
{
    /// <summary>Slots of a request: none, or a few that may begin anywhere.</summary>
    public static Gen<MemorySlots> Slots { get; } = Gen.OneOf(
        Gen.Constant(MemorySlots.None),
        from first in Gen.Elements(1, 2, 7, 98) from count in Gen.Elements(1, 3, 16) select new MemorySlots(first, first + count - 1));

    /// <summary>Slots and a valid call for them.</summary>
    public static Arbitrary<(MemorySlots Slots, ApiInvocation Call)> Any { get; } = Arb.From(
        from slots in Slots
        from function in Gen.Choose(0, RobotApi.Calls.Count - 1)
        from arguments in Gen.CollectToList(RobotApi.Calls[function].Arguments, argument => argument.Kind == ArgumentKind.Angle ? Angle : Place(slots))
        from thing in Gen.Elements("", "", "red cube", "x", "a  b ")
        select (slots, new ApiInvocation(function, arguments) { Thing = RobotApi.Calls[function].Arguments.Count > 0 ? thing : "" }));

    /// <summary>Slots and a text near a valid call: some of its bytes changed, dropped or doubled.</summary>
    public static Arbitrary<(MemorySlots Slots, string Text)> Nearly { get; } = Arb.From(
        from call in Any.Generator
        from slots in Gen.Frequency((3, Gen.Constant(call.Slots)), (1, Slots))
        from edits in Gen.ArrayOf(from kind in Gen.Choose(0, 3) from at in Gen.Choose(0, 40) from c in Gen.Elements("0123456789(), =#atmemorypickdone\0é".ToCharArray()) select (kind, at, c), 3)
        from count in Gen.Choose(0, 3)
        select (slots, Edit(CallFormatter.Format(call.Call), edits.Take(count))));

    /// <summary>A text that the automaton accepts, by a random walk.</summary>
    public static Arbitrary<(MemorySlots Slots, string Text)> Walked { get; } = Arb.From(
        from slots in Slots from seed in Gen.Choose(0, int.MaxValue) select (slots, Walk(CallGrammar.For(slots), new System.Random(seed))));

    private static Gen<ArgumentValue> Angle { get; } = from steps in Gen.Choose(1, 6) from sign in Gen.Elements(1, -1) select new ArgumentValue(0, 0, 0, sign * steps * 30);

    private static Gen<ArgumentValue> Place(MemorySlots slots)
    {
        var point = from x in Gen.Choose(0, 999) from y in Gen.Choose(0, 999) select new ArgumentValue(0, x, y);
        return slots.Count == 0 ? point : Gen.OneOf(point, from n in Gen.Choose(slots.First, slots.Last) select new ArgumentValue(n, 0, 0));
    }

    private static string Edit(string text, IEnumerable<(int Kind, int At, char C)> edits)
    {
        var s = new StringBuilder(text);
        foreach (var (kind, place, c) in edits)
        {
            var at = Math.Min(place, s.Length - 1);
            if (at < 0 || kind == 0)
                s.Insert(Math.Max(at, 0), c);
            else if (kind == 1)
                s[at] = c;
            else if (kind == 2)
                s.Remove(at, 1);
            else
                s.Append(c);
        }

        return s.ToString();
    }

    private static string Walk(ByteAutomaton grammar, System.Random random)
    {
        var text = new StringBuilder();
        var state = ByteAutomaton.Start;
        while (true)
        {
            var next = Enumerable.Range(0, 256).Where(b => grammar.Next(state, (byte)b) != ByteAutomaton.Dead).ToArray();
            if (grammar.IsAccepting(state) && (next.Length == 0 || random.Next(4) == 0))
                return text.ToString();
            var value = (byte)next[random.Next(next.Length)];
            text.Append((char)value);
            state = grammar.Next(state, value);
        }
    }
}

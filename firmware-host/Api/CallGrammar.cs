using System.Collections.Concurrent;

namespace Edge.Api;

/// <summary>
/// Exactly the valid calls, as bytes: <c>pick("red cube", at=(412, 377))</c>, <c>place(at=memory(2))</c>, <c>done()</c>. Made from <see cref="RobotApi.Calls"/>.
/// </summary>
public static class CallGrammar
{
    /// <summary>What stands around the name of what a call points at, before its arguments.</summary>
    public const string BeforeThing = "\"", BehindThing = "\", ";

    /// <summary>Longest name: lower-case letters and blanks, beginning with a letter.</summary>
    public const int MaxThingCharacters = 24;

    private static readonly ConcurrentDictionary<(MemorySlots Slots, string Prefix), ByteAutomaton> Cache = new();

    /// <summary>The automaton for a request in which these memory slots exist; without any, the memory form cannot be written. Kept for the next request.</summary>
    /// <param name="slots">Slots that may be named.</param>
    /// <param name="prefix">ASCII text that stands before every call, such as the space with which some models begin an answer.</param>
    public static ByteAutomaton For(MemorySlots slots, string prefix = "") => Cache.GetOrAdd((slots, prefix), static key => ByteAutomaton.Compile(
        TextPattern.Sequence(TextPattern.Literal(key.Prefix), TextPattern.Choice(RobotApi.Calls.Select(call => PatternOf(call, key.Slots))))));

    private static TextPattern PatternOf(ApiCall call, MemorySlots slots)
    {
        var parts = new List<TextPattern> { TextPattern.Literal(call.Name + "(") };
        if (call.Arguments.Count > 0)
            parts.Add(TextPattern.Choice(TextPattern.Literal(""), TextPattern.Sequence(TextPattern.Literal(BeforeThing), TextPattern.Words(MaxThingCharacters), TextPattern.Literal(BehindThing))));
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            var argument = call.Arguments[i];
            parts.Add(TextPattern.Literal($"{(i > 0 ? ", " : "")}{argument.Name}="));
            parts.Add(ArgumentSyntax.Of(argument.Kind).Pattern(slots));
        }

        return TextPattern.Sequence([.. parts, TextPattern.Literal(")")]);
    }
}

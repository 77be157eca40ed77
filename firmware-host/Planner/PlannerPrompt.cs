using System.Buffers;
using System.Globalization;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>
/// The text around the planner's picture. The runtime and the generator of the training data both take it from here, so what the model reads at work is
/// letter for letter what it learned from.
/// </summary>
public static class PlannerPrompt
{
    private const int MaxIntCharacters = 11;

    /// <summary>What the model writes for a thing that is not there.</summary>
    public const string Nowhere = "nowhere";

    /// <summary>What the model writes for a point at which, or a thing beside which, there is nothing.</summary>
    public const string Nothing = "nothing";

    /// <summary>What the model writes of a call that is finished, and of one that is not or was never begun.</summary>
    public const string Yes = "yes", No = "no";

    /// <summary>Asks for the next call: the task's sentence, what was done so far (oldest first), and the cue after which the call is written.</summary>
    public static string Build(string instruction, IReadOnlyList<MemoryEntry> memory)
    {
        var text = new ArrayBufferWriter<char>();
        Write(instruction, memory, text);
        return text.WrittenSpan.ToString();
    }

    /// <summary>Appends what <see cref="Build"/> makes; allocates nothing once the buffer is large enough.</summary>
    public static void Write(string instruction, IReadOnlyList<MemoryEntry> memory, ArrayBufferWriter<char> text)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(text);
        text.Write("Task: ");
        text.Write(instruction);
        text.Write(memory.Count == 0 ? "\nMemory: empty\n" : "\nMemory:\n");
        for (var i = 0; i < memory.Count; i++)
        {
            var entry = memory[i];
            _ = entry.Slot.TryFormat(text.GetSpan(MaxIntCharacters), out var length, default, CultureInfo.InvariantCulture);
            text.Advance(length);
            text.Write(" ");
            text.Write(entry.Call);
            text.Write(" ");
            text.Write(OutcomeWord(entry.Outcome));
            text.Write("\n");
        }

        text.Write("Call:");
    }

    /// <summary>Auxiliary question of the training: where a named thing is. Answered by <see cref="Point"/> or <see cref="Nowhere"/>.</summary>
    public static string WhereIs(string thing) => $"Question: where is the {thing}?\nAnswer:";

    /// <summary>Auxiliary question of the training: what is at a point. Answered by the thing's name or <see cref="Nothing"/>.</summary>
    public static string WhatIsAt(int xPerMille, int yPerMille) => $"Question: what is at {Point(xPerMille, yPerMille)}?\nAnswer:";

    /// <summary>Auxiliary question of the training: what is on a side (<c>north</c>, ...) of a named thing. Answered by the name of the one beside it or <see cref="Nothing"/>.</summary>
    public static string WhatIsBeside(string side, string thing) => $"Question: what is {side} of the {thing}?\nAnswer:";

    /// <summary>Auxiliary question of the training. Answered by the name of the tallest thing.</summary>
    public static string Tallest => "Question: what is the tallest thing?\nAnswer:";

    /// <summary>Auxiliary question of the training: has a call done what it should, by what the picture shows? Answered by <see cref="Yes"/> or <see cref="No"/>.</summary>
    public static string IsFinished(string call) => $"Question: is {call} finished?\nAnswer:";

    /// <summary>A point of the picture as the model reads and writes it, per mille of width and height: <c>(412, 377)</c>.</summary>
    public static string Point(int xPerMille, int yPerMille) => string.Create(CultureInfo.InvariantCulture, $"({xPerMille}, {yPerMille})");

    /// <summary>How an outcome is written.</summary>
    public static string OutcomeWord(SubtaskOutcome outcome) => outcome switch
    {
        SubtaskOutcome.Succeeded => "ok",
        SubtaskOutcome.TimedOut => "timeout",
        SubtaskOutcome.Running => "running",
        _ => "failed",
    };
}

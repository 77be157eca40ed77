using System.Globalization;
using System.Text;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>
/// The text around the planner's picture. The runtime and the generator of the training data both take it from here, so what the model reads at work is
/// letter for letter what it learned from.
/// </summary>
public static class PlannerPrompt
{
    /// <summary>What the model writes for a thing that is not there.</summary>
    public const string Nowhere = "nowhere";

    /// <summary>What the model writes for a point at which there is nothing.</summary>
    public const string Nothing = "nothing";

    /// <summary>Asks for the next call: the task's sentence, what was done so far (oldest first), and the cue after which the call is written.</summary>
    public static string Build(string instruction, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        var text = new StringBuilder(128 + (memory.Count * 40));
        text.Append("Task: ").Append(instruction).Append('\n');
        if (memory.Count == 0)
            text.Append("Memory: empty\n");
        else
            text.Append("Memory:\n");
        foreach (var entry in memory)
            text.Append(CultureInfo.InvariantCulture, $"{entry.Slot} {entry.Call} {OutcomeWord(entry.Outcome)}\n");
        return text.Append("Call:").ToString();
    }

    /// <summary>Auxiliary question of the training: where a named thing is. Answered by <see cref="Point"/> or <see cref="Nowhere"/>.</summary>
    public static string WhereIs(string thing) => $"Question: where is the {thing}?\nAnswer:";

    /// <summary>Auxiliary question of the training: what is at a point. Answered by the thing's name or <see cref="Nothing"/>.</summary>
    public static string WhatIsAt(int xPerMille, int yPerMille) => $"Question: what is at {Point(xPerMille, yPerMille)}?\nAnswer:";

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

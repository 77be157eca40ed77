using System.Text.Json;
using Edge.Control;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>The samples of a shard, growing. One row per visited state.</summary>
internal interface ISampleBuffer
{
    /// <summary>Folder of this kind of data.</summary>
    string Name { get; }

    /// <summary>Rows.</summary>
    int Count { get; }

    /// <summary>Takes a state.</summary>
    void Add(in TaughtState state);

    /// <summary>Fills in what only the end of an episode tells, for the samples added since the last time.</summary>
    void EndEpisode(TaughtEpisode episode);

    /// <summary>Writes the arrays into a folder.</summary>
    void Write(string folder);

    /// <summary>Writes what the arrays of this kind mean.</summary>
    void WriteMeta(Utf8JsonWriter json);
}

/// <summary>A state that the teacher came to, and what the expert would do from there.</summary>
internal readonly ref struct TaughtState
{
    /// <summary>The newest observations, the newest last.</summary>
    public required ReadOnlySpan<Observation> History { get; init; }

    /// <summary>The running call.</summary>
    public required Subtask Subtask { get; init; }

    /// <summary>The target that the policy is told, off as a planner's would be; base frame.</summary>
    public required ToolPose Told { get; init; }

    /// <summary>True minus told target, metres; not numbers where the picture cannot show it.</summary>
    public required (float X, float Y) Offset { get; init; }

    /// <summary>The expert's next steps, [horizon, <see cref="ActionSpace.Channels"/>].</summary>
    public required ReadOnlySpan<float> Actions { get; init; }
}

/// <summary>How an episode went.</summary>
/// <param name="Seed">Seed of the scene.</param>
/// <param name="Task">Name of the rig's task, if it was one.</param>
/// <param name="Instruction">Its sentence.</param>
/// <param name="Calls">Whether each call succeeded.</param>
internal sealed record TaughtEpisode(int Seed, string Task, string Instruction, IReadOnlyList<bool> Calls);

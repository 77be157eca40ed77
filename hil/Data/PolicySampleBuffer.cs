using System.Runtime.InteropServices;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>The samples of a shard, growing. One row per visited state.</summary>
internal sealed class PolicySampleBuffer(int observationSteps)
{
    public const int ImageBytes = ObservationEncoder.ImageSizePx * ObservationEncoder.ImageSizePx * ObservationEncoder.ImageChannels;
    public const int ActionValues = Oracle.OraclePolicy.Horizon * ActionSpace.Channels;

    public int StateValues { get; } = observationSteps * ObservationEncoder.StateFeatures;

    public List<float> State { get; } = [];

    public List<byte> Image { get; } = [];

    public List<float> Action { get; } = [];

    /// <summary>True minus given target (x, y), metres; not a number where the picture cannot show it.</summary>
    public List<float> Offset { get; } = [];

    public List<int> Call { get; } = [];

    /// <summary>Seed of the scene.</summary>
    public List<int> Episode { get; } = [];

    /// <summary>Number of the call in its episode, from 1.</summary>
    public List<int> Subtask { get; } = [];

    public List<byte> Success { get; } = [];

    public int Count => Call.Count;

    /// <summary>Fills in how the calls ended for the samples added since the last time.</summary>
    public void EndEpisode(Func<int, bool> hasSucceeded)
    {
        while (Success.Count < Count)
            Success.Add(hasSucceeded(Subtask[Success.Count]) ? (byte)1 : (byte)0);
    }

    /// <summary>Writes the arrays into a folder.</summary>
    public void Write(string folder)
    {
        NpyFile.Write<float>(Path.Combine(folder, "state.npy"), Span(State), Count, StateValues);
        NpyFile.Write<byte>(Path.Combine(folder, "image.npy"), Span(Image), Count, ObservationEncoder.ImageSizePx, ObservationEncoder.ImageSizePx, ObservationEncoder.ImageChannels);
        NpyFile.Write<float>(Path.Combine(folder, "action.npy"), Span(Action), Count, Oracle.OraclePolicy.Horizon, ActionSpace.Channels);
        NpyFile.Write<float>(Path.Combine(folder, "offset.npy"), Span(Offset), Count, 2);
        NpyFile.Write<int>(Path.Combine(folder, "call.npy"), Span(Call), Count);
        NpyFile.Write<int>(Path.Combine(folder, "episode.npy"), Span(Episode), Count);
        NpyFile.Write<int>(Path.Combine(folder, "subtask.npy"), Span(Subtask), Count);
        NpyFile.Write<byte>(Path.Combine(folder, "success.npy"), Span(Success), Count);
    }

    private static ReadOnlySpan<T> Span<T>(List<T> list) => CollectionsMarshal.AsSpan(list);
}

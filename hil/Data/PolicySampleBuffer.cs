using System.Runtime.InteropServices;
using System.Text.Json;
using Edge.Api;
using Edge.Cameras;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>The policy's samples: what the robot's own encoder makes of the states.</summary>
internal sealed class PolicySampleBuffer(CameraModel camera) : ISampleBuffer
{
    private const int ImageBytes = ObservationEncoder.ImageSizePx * ObservationEncoder.ImageSizePx * ObservationEncoder.ImageChannels;
    private const int StateValues = PolicyData.ObservationSteps * ObservationEncoder.StateFeatures;

    private readonly ObservationEncoder _encoder = new(camera);
    private readonly List<float> _state = [];
    private readonly List<byte> _image = [];
    private readonly List<float> _action = [];
    private readonly List<float> _offset = [];
    private readonly List<int> _call = [];
    private readonly List<int> _episode = [];
    private readonly List<int> _subtask = []; // number of the call in its episode, from 1
    private readonly List<byte> _success = [];

    /// <inheritdoc/>
    public int Count => _call.Count;

    /// <inheritdoc/>
    public void Add(in TaughtState state)
    {
        ObservationEncoder.EncodeState(state.History, state.Subtask.Function, state.Told, Grow(_state, StateValues));
        _encoder.EncodeBytes(state.History[^1].Frame, state.Told, Grow(_image, ImageBytes));
        _action.AddRange(state.Actions);
        _offset.AddRange([state.Offset.X, state.Offset.Y]);
        _call.Add(state.Subtask.Function);
        _subtask.Add((int)state.Subtask.Id);
    }

    /// <inheritdoc/>
    public void EndEpisode(TaughtEpisode episode)
    {
        while (_success.Count < Count)
        {
            _episode.Add(episode.Seed);
            _success.Add(episode.Calls[_subtask[_success.Count] - 1] ? (byte)1 : (byte)0);
        }
    }

    /// <inheritdoc/>
    public void Write(string folder)
    {
        NpyFile.Write<float>(Path.Combine(folder, "state.npy"), Span(_state), Count, StateValues);
        NpyFile.Write<byte>(Path.Combine(folder, "image.npy"), Span(_image), Count, ObservationEncoder.ImageSizePx, ObservationEncoder.ImageSizePx, ObservationEncoder.ImageChannels);
        NpyFile.Write<float>(Path.Combine(folder, "action.npy"), Span(_action), Count, Oracle.OraclePolicy.Horizon, ActionSpace.Channels);
        NpyFile.Write<float>(Path.Combine(folder, "offset.npy"), Span(_offset), Count, 2);
        NpyFile.Write<int>(Path.Combine(folder, "call.npy"), Span(_call), Count);
        NpyFile.Write<int>(Path.Combine(folder, "episode.npy"), Span(_episode), Count);
        NpyFile.Write<int>(Path.Combine(folder, "subtask.npy"), Span(_subtask), Count);
        NpyFile.Write<byte>(Path.Combine(folder, "success.npy"), Span(_success), Count);
    }

    /// <inheritdoc/>
    public void WriteMeta(Utf8JsonWriter json)
    {
        json.WriteString("encoder", ObservationEncoder.Version);
        json.WriteNumber("stateFeatures", ObservationEncoder.StateFeatures);
        json.WriteNumber("imageSizePx", ObservationEncoder.ImageSizePx);
        json.WriteStartArray("calls");
        foreach (var call in RobotApi.Calls)
            json.WriteStringValue(call.Name);
        json.WriteEndArray();
    }

    /// <summary>The room of some more values at a list's end.</summary>
    internal static Span<T> Grow<T>(List<T> list, int count)
    {
        CollectionsMarshal.SetCount(list, list.Count + count);
        return Span(list)[^count..];
    }

    internal static Span<T> Span<T>(List<T> list) => CollectionsMarshal.AsSpan(list);
}

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
    public string Name => "policy";

    /// <inheritdoc/>
    public int Count => _call.Count;

    /// <inheritdoc/>
    public void Add(in TaughtState state)
    {
        ObservationEncoder.EncodeState(state.History, state.Subtask.Function, state.Told, _state.Grow(StateValues));
        _encoder.EncodeBytes(state.History[^1].Frame, state.Told, _image.Grow(ImageBytes));
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
        NpyFile.Write(Path.Combine(folder, "state.npy"), _state, Count, StateValues);
        NpyFile.Write(Path.Combine(folder, "image.npy"), _image, Count, ObservationEncoder.ImageSizePx, ObservationEncoder.ImageSizePx, ObservationEncoder.ImageChannels);
        NpyFile.Write(Path.Combine(folder, "action.npy"), _action, Count, Oracle.OraclePolicy.Horizon, ActionSpace.Channels);
        NpyFile.Write(Path.Combine(folder, "offset.npy"), _offset, Count, 2);
        NpyFile.Write(Path.Combine(folder, "call.npy"), _call, Count);
        NpyFile.Write(Path.Combine(folder, "episode.npy"), _episode, Count);
        NpyFile.Write(Path.Combine(folder, "subtask.npy"), _subtask, Count);
        NpyFile.Write(Path.Combine(folder, "success.npy"), _success, Count);
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
}

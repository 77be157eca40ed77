using System.Runtime.InteropServices;
using System.Text.Json;
using Edge.Hil.Flat;
using Edge.Hil.Oracle;
using Edge.Hil.Tasks;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>The flat policy's samples: the same states without call and target, and the sentence; what was felt is felt since the task began, and progress is that of the whole task.</summary>
internal sealed class FlatSampleBuffer : ISampleBuffer
{
    private const int ImageBytes = SceneEncoder.ImageSizePx * SceneEncoder.ImageSizePx * SceneEncoder.ImageChannels;
    private const int StateValues = PolicyData.ObservationSteps * SceneEncoder.StateFeatures;
    private const int ActionValues = OraclePolicy.Horizon * ActionSpace.Channels;
    private const int Progress = ActionSpace.Channels - 1;

    private static readonly string[] Tasks = [.. TaskRegistry.All.Select(task => task.Name)];

    private readonly List<float> _state = [];
    private readonly List<byte> _image = [];
    private readonly List<float> _action = [];
    private readonly List<int> _instruction = [];
    private readonly List<int> _task = [];
    private readonly List<int> _episode = [];
    private readonly List<int> _subtask = []; // number of the call in its episode, from 1
    private readonly List<byte> _success = [];
    private readonly List<string> _instructions = [];
    private readonly float[] _feltBefore = new float[ObservationEncoder.FeltFeatures]; // in the calls before this one

    /// <inheritdoc/>
    public string Name => "flat";

    /// <inheritdoc/>
    public int Count => _subtask.Count;

    /// <inheritdoc/>
    public void Add(in TaughtState state)
    {
        var isFirst = _success.Count == Count;
        if (!isFirst && state.Subtask.Id != _subtask[^1])
            Felt(CollectionsMarshal.AsSpan(_state)).CopyTo(_feltBefore);
        var values = _state.Grow(StateValues);
        SceneEncoder.EncodeState(state.History, values);
        if (isFirst)
        {
            Array.Fill(_feltBefore, -1);
            _feltBefore[0] = Felt(values)[0];
        }

        for (var end = SceneEncoder.StateFeatures; end <= values.Length; end += SceneEncoder.StateFeatures)
        {
            var felt = Felt(values[..end]);
            felt[0] = _feltBefore[0]; // held at the start of the task, not of the call
            for (var i = 1; i < felt.Length; i++)
                felt[i] = Math.Max(felt[i], _feltBefore[i]);
        }

        SceneEncoder.EncodeBytes(state.History[^1].Frame, _image.Grow(ImageBytes));
        _action.AddRange(state.Actions);
        _subtask.Add((int)state.Subtask.Id);
    }

    /// <inheritdoc/>
    public void EndEpisode(TaughtEpisode episode)
    {
        Join(_success.Count);
        var task = Array.IndexOf(Tasks, episode.Task);
        while (_success.Count < Count)
        {
            _instruction.Add(_instructions.Count);
            _task.Add(task);
            _episode.Add(episode.Seed);
            _success.Add(episode.Calls[_subtask[_success.Count] - 1] ? (byte)1 : (byte)0);
        }

        _instructions.Add(string.Join(' ', SceneEncoder.Words(episode.Instruction)));
    }

    /// <inheritdoc/>
    public void Write(string folder)
    {
        NpyFile.Write(Path.Combine(folder, "state.npy"), _state, Count, StateValues);
        NpyFile.Write(Path.Combine(folder, "image.npy"), _image, Count, SceneEncoder.ImageSizePx, SceneEncoder.ImageSizePx, SceneEncoder.ImageChannels);
        NpyFile.Write(Path.Combine(folder, "action.npy"), _action, Count, OraclePolicy.Horizon, ActionSpace.Channels);
        NpyFile.Write(Path.Combine(folder, "instruction.npy"), _instruction, Count);
        NpyFile.Write(Path.Combine(folder, "task.npy"), _task, Count);
        NpyFile.Write(Path.Combine(folder, "episode.npy"), _episode, Count);
        NpyFile.Write(Path.Combine(folder, "subtask.npy"), _subtask, Count);
        NpyFile.Write(Path.Combine(folder, "success.npy"), _success, Count);
        using var file = File.Create(Path.Combine(folder, "instructions.json"));
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        foreach (var instruction in _instructions)
            json.WriteStringValue(instruction);
        json.WriteEndArray();
    }

    /// <inheritdoc/>
    public void WriteMeta(Utf8JsonWriter json)
    {
        json.WriteString("encoder", SceneEncoder.Version);
        json.WriteNumber("stateFeatures", SceneEncoder.StateFeatures);
        json.WriteNumber("imageSizePx", SceneEncoder.ImageSizePx);
        json.WriteNumber("sentenceWords", SceneEncoder.MaxWords);
        json.WriteStartArray("tasks");
        foreach (var task in Tasks)
            json.WriteStringValue(task);
        json.WriteEndArray();
    }

    /// <summary>
    /// Makes one motion of an episode's calls, from its first sample on: a chunk that comes to the end of its call goes on with the beginning of the next one, and what is
    /// left to do of a task is what is left of the call and all the states of the calls after it.
    /// </summary>
    private void Join(int first)
    {
        var actions = CollectionsMarshal.AsSpan(_action);
        int next = -1, laterSteps = 0;
        for (int i = Count - 1, last = i; i >= first; i--)
        {
            if (_subtask[i] != _subtask[last])
                (next, laterSteps, last) = (i + 1, Count - 1 - i, i);
            var chunk = actions.Slice(i * ActionValues, ActionValues);
            for (var k = 0; k < OraclePolicy.Horizon; k++)
            {
                var stepsLeft = Expert.StepsLeft((chunk[(k * ActionSpace.Channels) + Progress] + 1) / 2);
                if (stepsLeft == 0 && next >= 0)
                {
                    actions.Slice(next * ActionValues, ActionValues - (k * ActionSpace.Channels)).CopyTo(chunk[(k * ActionSpace.Channels)..]);
                    break;
                }

                chunk[(k * ActionSpace.Channels) + Progress] = (float)((2 * Expert.Progress(stepsLeft + laterSteps)) - 1);
            }
        }
    }

    /// <summary>The newest observation's part that tells what was felt.</summary>
    private static Span<float> Felt(Span<float> state) => state[^ObservationEncoder.FeltFeatures..];
}

using System.Text.Json;
using Edge.Control;
using Edge.Hil.Data;
using Edge.Hil.Flat;
using Edge.Hil.Oracle;
using Edge.Hil.Tasks;
using Edge.Policy;
using Edge.Tests.Plant;
using Xunit;

namespace Edge.Tests.Flat;

public sealed class FlatDataTests : IDisposable
{
    private const int Body = SceneEncoder.StateFeatures, Row = ActionSpace.Channels, Horizon = OraclePolicy.Horizon;

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-flat-data-").FullName;

    [Fact]
    public void TheSameStatesAsThePolicysAndTheSameAgain()
    {
        var data = new PolicyData(TestRobot.Load(), _folder, TextWriter.Null);
        Assert.NotEqual(0, data.Run(1, 0, 1, CancellationToken.None).Calls);
        Directory.Move(Shard("flat"), Shard("first"));
        Assert.NotEqual(0, data.Run(1, 0, 1, CancellationToken.None).Calls); // as if cut off between the two
        foreach (var file in Directory.GetFiles(Shard("flat")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(Shard("first"), Path.GetFileName(file))));
        Assert.Equal(Read<int>("policy", "subtask", out var count), Read<int>("flat", "subtask", out _));
        Assert.Equal(Read<float>("policy", "action", out _)[..3], Read<float>("flat", "action", out var actions)[..3]);
        Read<byte>("flat", "image", out var images);
        Read<float>("flat", "state", out var states);
        Assert.Equal($"({count[1..^2]}, 96, 96, 3)", images);
        Assert.Equal($"({count[1..^2]}, 16, 6)", actions);
        Assert.Equal($"({count[1..^2]}, 24)", states);

        var task = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "flat", "meta.json"))).RootElement.GetProperty("tasks")[Read<int>("flat", "task", out _)[0]].GetString()!;
        var sentence = JsonDocument.Parse(File.ReadAllText(Path.Combine(Shard("flat"), "instructions.json"))).RootElement[Read<int>("flat", "instruction", out _)[0]].GetString();
        Assert.Equal(string.Join(' ', SceneEncoder.Words(TaskRegistry.Get(task).Sample(1).Instruction)), sentence);
    }

    /// <summary>Two calls: what was felt in the first is known in the second; a chunk goes on over the end of the first; progress is the task's.</summary>
    [Fact]
    public void CallsAreJoinedToOneTask()
    {
        var samples = new FlatSampleBuffer();
        foreach (var (call, stepsLeft) in ((int, int)[])[(1, 2), (1, 1), (2, 20), (2, 19)])
        {
            Observation[] history = [new(320, 240), new(320, 240)];
            history[1].SealedSinceStart = call == 1;
            history[1].HeldAtStart = call == 2;
            var actions = new float[Horizon * Row];
            for (var k = 0; k < Horizon; k++)
                ActionSpace.Encode(default, new ToolPose(0.01 * call, 0, 0, 0), call == 1, Expert.Progress(stepsLeft - k), actions.AsSpan(k * Row, Row));
            samples.Add(new TaughtState { History = history, Subtask = new Subtask(call, 0, default, ""), Told = default, Offset = default, Actions = actions });
        }

        var task = TaskRegistry.Get("pick").Sample(1);
        samples.EndEpisode(new TaughtEpisode(1, task.Task.Name, task.Instruction, [true, false]));
        Directory.CreateDirectory(Shard("flat"));
        samples.Write(Shard("flat"));

        var state = Read<float>("flat", "state", out _);
        Assert.Equal([-1, -1, -1, -1], state[(Body - 4)..Body]);
        Assert.Equal([-1, 1, -1, -1], state[((2 * Body) - 4)..(2 * Body)]);
        Assert.Equal([-1, 1, -1, -1], state[^4..]);
        Assert.Equal([-1, 1, -1, -1], state[^(Body + 4)..^Body]);
        var chunks = Read<float>("flat", "action", out _);
        for (var k = 0; k < Horizon; k++)
        {
            var step = chunks.AsSpan(k * Row, Row);
            Assert.Equal(k < 2 ? 0.2f : 0.4f, step[0], 1e-5f);
            Assert.Equal(k < 2 ? 1 : -1, step[4]);
            // Before its end the first call counts the states of the second, then the second counts its own.
            Assert.Equal(Expert.Progress(k < 2 ? 2 - k + 2 : 20 - (k - 2)), (step[5] + 1) / 2, 1e-5);
        }

        Assert.Equal([1, 1, 0, 0], Read<byte>("flat", "success", out _).Select(value => (int)value));
    }

    [Fact]
    public void SentencesAreWords()
    {
        Assert.Equal(["you", "hold", "the", "cube", "turn", "it", "by", "30", "degrees"], SceneEncoder.Words("You hold the cube: turn it by 30 degrees!"));
        Assert.Throws<ArgumentException>(() => SceneEncoder.Words(string.Join(' ', Enumerable.Repeat("go", SceneEncoder.MaxWords + 1))));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Shard(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName, "shard-00000");

    private T[] Read<T>(string name, string array, out string shape)
        where T : unmanaged => Npy.Read<T>(Path.Combine(Shard(name), array + ".npy"), out shape);
}

using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Edge.Control;
using Edge.Hil.Evaluation;
using Edge.Hil.Flat;
using Edge.Hil.Tasks;
using Edge.Inference;
using Edge.Policy;
using Edge.Tests.Plant;
using Xunit;

namespace Edge.Tests.Flat;

/// <summary>The flat policy on a package whose answer is known (reference/package.py).</summary>
public sealed class FlatPolicyTests : IDisposable
{
    private const string Seed = "400350";

    private static readonly string Package = Path.Combine(Folder(), "package");
    private readonly string _out = Directory.CreateTempSubdirectory("edge-flat-").FullName;

    [Theory]
    [InlineData("pick up the red", 5)]
    [InlineData("Red, pick!", 2)]
    [InlineData("pick up the cucumber", 1)]
    public void TheSentenceIsReadToItsEnd(string sentence, int lastWord)
    {
        using var policy = FlatPolicy.Load(Package);
        var chunk = new ActionChunk();
        policy.Begin(new Subtask(1, Subtask.WholeTask, default, sentence));
        Assert.Equal(0, policy.Infer([new Observation(320, 240), new Observation(320, 240)], chunk), 1e-4f);
        Assert.Equal(lastWord * 1e-4 * ActionSpace.TranslationScaleM * 16, chunk.Poses[15].Y, 1e-8);
    }

    [Fact]
    public void CallsAreRefused()
    {
        using var policy = FlatPolicy.Load(Package);
        Assert.Throws<ArgumentException>(() => policy.Begin(new Subtask(1, 0, default, "pick(at=(1, 2))")));
    }

    [Theory]
    [InlineData("\"encoder\": \"scene96-body12-words-1\"", "\"encoder\": \"crop48-state36-1\"", "policy.encoder: found \"crop48-state36-1\", allowed one of scene96-body12-words-1")]
    [InlineData("\"stateFeatures\": 12", "\"stateFeatures\": 36", "policy.stateFeatures")]
    [InlineData("\"sentenceWords\": 40", "\"sentenceWords\": 41", "policy.sentenceWords")]
    [InlineData("\"up\"", "\"pick\"", "policy.words[1]")]
    [InlineData("\"words\": [", "\"letters\": [", "policy.words")]
    public void WrongManifestIsNamed(string right, string wrong, string message)
    {
        foreach (var file in Directory.GetFiles(Package))
            File.Copy(file, Path.Combine(_out, Path.GetFileName(file)));
        var manifest = Path.Combine(_out, ModelPackage.ManifestName);
        var text = File.ReadAllText(manifest);
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(manifest, text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(message, Assert.Throws<ModelException>(() => FlatPolicy.Load(_out)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTimeIsThatOfTheOraclesCalls()
    {
        var robot = TestRobot.Load();
        Assert.Equal(15, NoPlanner.LimitSeconds(robot, TaskRegistry.Get("pick").Sample(400_350)));
        Assert.Equal(6 * 15, NoPlanner.LimitSeconds(robot, TaskRegistry.Get("swap").Sample(400_350)));
        Assert.All(TaskRegistry.All, task => Assert.InRange(NoPlanner.LimitSeconds(robot, task.Sample(400_350)), 15, 240));
    }

    /// <summary>It stands still for longer than any call may, is not stopped, and has failed when the task's time is over.</summary>
    [Fact]
    public void EvaluationRunsItWithoutAPlanner()
    {
        var row = Evaluate("pick", "1");
        Assert.Equal("none", row.GetProperty("planner").GetString());
        Assert.Equal("flat", row.GetProperty("policy").GetString());
        Assert.Equal("off", row.GetProperty("memory").GetString());
        Assert.Equal(1, row.GetProperty("failures").GetProperty("task timed out").GetInt32());
        Assert.Equal(15, row.GetProperty("secondsP50").GetDouble(), 0.1);
        Assert.Equal(0, row.GetProperty("violations").GetInt64());
    }

    [Fact]
    public void ARowShowsAllScenesThatThereAre()
    {
        Assert.Equal(2, Evaluate("pick", "2").GetProperty("episodes").GetInt32());
        Assert.Equal(2, Evaluate("touch", "1").GetProperty("episodes").GetInt32()); // the first row is of pick still
    }

    [Fact]
    public void AMissingPackageIsNamed()
    {
        using var error = new StringWriter();
        Assert.Equal(1, EvaluationCommand.Create().Parse(["--policy", "flat", "--flat", "nowhere", "--tasks", "pick", "--out", _out]).Invoke(new InvocationConfiguration { Error = error }));
        Assert.Contains("nowhere: no such folder; 'make data train'", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_out));
    }

    public void Dispose() => Directory.Delete(_out, recursive: true);

    /// <summary>The first row after an evaluation.</summary>
    private JsonElement Evaluate(string task, string episodes)
    {
        Assert.Equal(0, EvaluationCommand.Create().Parse(
            ["--tasks", task, "--policy", "flat", "--flat", Package, "--episodes", episodes, "--seed", Seed, "--films", "0", "--jobs", "1", "--out", _out]).Invoke());
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(_out, "result.json"))).RootElement.GetProperty("rows")[0];
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

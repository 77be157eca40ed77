using Edge.Cameras;
using Edge.Hil.Bench;
using Edge.Policy;
using Edge.Robots;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Bench;

/// <summary>Lockstep episodes with late inferences: what the benchmark counts, on one scene that is no held-out one.</summary>
public sealed class EpisodeStudyTests : IDisposable
{
    private const ulong Seed = 400_100;

    private readonly string _folder = Fixture.NewFolder();

    [Fact]
    public void EpisodesAreKeptAndRepeatExactly()
    {
        var file = Path.Combine(_folder, "study.jsonl");
        var late = Late();
        var study = new EpisodeStudy([late], ["pick"], Seed, file);
        study.Run(0, 1, 1, (_, _) => { });
        var episode = Assert.Single(study.Of(late));
        Assert.Equal(0, episode.Violations);
        Assert.InRange(episode.SeamJerkShare, 0.01, 1);
        Assert.NotEmpty(episode.GapsMm);
        var kept = File.ReadAllText(file);

        // Another run of the same program finds it on disk; one that lost it comes to the same.
        new EpisodeStudy([late], ["pick"], Seed, file).Run(0, 1, 1, (_, _) => { });
        Assert.Equal(kept, File.ReadAllText(file));
        File.Delete(file);
        new EpisodeStudy([late], ["pick"], Seed, file).Run(0, 1, 1, (_, _) => { });
        Assert.Equal(kept, File.ReadAllText(file));
    }

    [Fact]
    public void EpisodesOfAnotherProgramAndCutOffLinesAreDropped()
    {
        var file = Path.Combine(_folder, "study.jsonl");
        var condition = Late() with { LoadPolicy = () => throw new InvalidOperationException("runs") };
        File.WriteAllText(file, "another program\n{\"condition\":\"late\"}\n");
        Assert.Contains("an episode broke: runs", Run(file), StringComparison.Ordinal);
        File.AppendAllText(file, "{\"condition\":\"late\",\"task\":\"pi");
        Assert.Contains("an episode broke: runs", Run(file), StringComparison.Ordinal);

        string Run(string path) => Assert.Throws<BenchException>(() => new EpisodeStudy([condition], ["pick"], Seed, path).Run(0, 1, 1, (_, _) => { })).Message;
    }

    [Fact]
    public void ComparisonsUseTheSameScenes()
    {
        var file = Path.Combine(_folder, "study.jsonl");
        StudyCondition often = Late() with { Name = "often" }, seldom = Late() with { Name = "seldom", Every = 2 };
        File.WriteAllText(file, $"{typeof(DiffusionPolicy).Module.ModuleVersionId} {typeof(EpisodeStudy).Module.ModuleVersionId}\n");
        for (var round = 0; round < 4; round++)
        {
            Write("often", round, round > 0);
            if (round % 2 == 0)
                Write("seldom", round, round > 1);
        }

        var study = new EpisodeStudy([often, seldom], ["pick"], Seed, file);
        study.Run(double.MaxValue, 4, 1, (_, _) => { });
        Assert.Equal(75, EpisodeStudy.Percent(study.Of(often)));
        Assert.Equal((50.0, 50.0, 2), study.Compare(often, seldom));

        void Write(string condition, int round, bool succeeded) => File.AppendAllText(file,
            $$"""{"condition":"{{condition}}","task":"pick","seed":{{Seed + (ulong)round}},"succeeded":{{(succeeded ? "true" : "false")}},"reason":"","seconds":5,"violations":0,"seamJerkShare":0.5,"gapsMm":[]}""" + "\n");
    }

    [Fact]
    public void TheTorchPeerIsTheSameNetwork()
    {
        Assert.SkipUnless(File.Exists("/usr/lib/python3/dist-packages/torch/__init__.py") && Directory.Exists("/usr/lib/python3/dist-packages/onnx"), "python3-torch or python3-onnx is not installed");
        Environment.CurrentDirectory = Fixture.Root;
        using var peer = new TorchPeer(Path.Combine("models", "policy")); // proves it by the golden input
        Assert.True(peer.Draw("eager") > 0);
        Assert.True(peer.Draw("jit") > 0);
    }

    [Fact]
    public void APeerThatIsNotSaysWhy() =>
        Assert.Contains("the PyTorch peer does not run", Assert.Throws<BenchException>(() => new TorchPeer(_folder)).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static StudyCondition Late()
    {
        var robot = RobotFile.Load(Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json"));
        return new StudyCondition("late", robot, () => DiffusionPolicy.Load(Path.Combine(Fixture.Root, "models", "policy"), new CameraModel(robot.Cameras[0])), InferenceMs: 300);
    }
}

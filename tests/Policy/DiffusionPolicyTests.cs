using Edge.Cameras;
using Edge.Control;
using Edge.Inference;
using Edge.Policy;
using Xunit;

namespace Edge.Tests.Policy;

/// <summary>The learned policy on a package whose answer is known (reference/package.py).</summary>
public sealed class DiffusionPolicyTests
{
    private static readonly string Package = Path.Combine(SolverTests.Folder(), "package");

    [Fact]
    public void ChunkIsWhatTheNetworksSay()
    {
        using var policy = DiffusionPolicy.Load(Package, new CameraModel(PolicyChainTests.Camera));
        var history = History(new ToolPose(0.30, 0.1, 0.2, 0.5));
        var chunk = new ActionChunk();
        policy.Begin(PolicyChainTests.Call(7, "pick", 0.36, 0));
        var progress = policy.Infer(history, chunk);
        Assert.Equal(0.95f, progress, 1e-4f);
        Assert.Equal(7, chunk.SubtaskId);
        Assert.Equal(1000, chunk.ObservationNs);
        Assert.Equal(100_000_000, chunk.StepNs);
        Assert.Equal(16, chunk.Steps);
        Assert.Equal(history[1].Robot.CommandedTool, chunk.Anchor);
        for (var k = 0; k < chunk.Steps; k++)
        {
            // The state's first number is the coarse distance of the older observation: 6 cm of 30.
            Assert.Equal(0.30 + ((k + 1) * 0.2 * 0.05), chunk.Poses[k].X, 1e-5);
            Assert.Equal(0.1, chunk.Poses[k].Y, 1e-5);
            Assert.Equal(0.2 - ((k + 1) * 0.1 * 0.05), chunk.Poses[k].Z, 1e-5);
            Assert.Equal(0.5, chunk.Poses[k].Yaw, 1e-5);
            Assert.Equal(k >= 4, chunk.Suction[k]);
        }
    }

    [Fact]
    public void InferenceAllocatesNothing()
    {
        using var policy = DiffusionPolicy.Load(Package, new CameraModel(PolicyChainTests.Camera));
        var history = History(PolicyChainTests.Home);
        var chunk = new ActionChunk();
        policy.Begin(PolicyChainTests.Call(1, "pick", 0.36, 0));
        for (var i = 0; i < 30; i++)
            policy.Infer(history, chunk);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 20; i++)
                policy.Infer(history, chunk);
        }));
    }

    [Fact]
    public void RefusesCallsItWasNotTrainedFor()
    {
        using var policy = DiffusionPolicy.Load(Package, new CameraModel(PolicyChainTests.Camera));
        Assert.Throws<ArgumentException>(() => policy.Begin(PolicyChainTests.Call(1, "touch", 0.36, 0)));
    }

    [Theory]
    [InlineData("\"encoder\": \"crop48-state36-1\"", "\"encoder\": \"other\"", "policy.encoder")]
    [InlineData("\"horizon\": 16", "\"horizon\": 65", "policy.horizon")]
    [InlineData("\"horizon\": 16", "\"horizon\": 12", "denoiser.onnx")]
    [InlineData("\"imageSteps\": 1", "\"imageSteps\": 3", "policy.imageSteps")]
    [InlineData("\"kind\": \"flow\"", "\"kind\": \"ode\"", "policy.solver.kind")]
    [InlineData("\"kind\": \"flow\"", "\"kind\": \"ddim\"", "policy.solver.prediction")]
    [InlineData("\"place\"\n", "\"juggle\"\n", "policy.calls[1]")]
    [InlineData("\"progress\"\n", "\"done\"\n", "policy.actionChannels[5]")]
    [InlineData("\"yawScaleRad\": 0.25", "\"yawScaleRad\": 0.3", "policy.yawScaleRad")]
    public void WrongManifestIsNamed(string right, string wrong, string field)
    {
        using var copy = new PackageCopy();
        copy.Replace(right, wrong);
        Assert.Contains(field, Assert.Throws<ModelException>(() => DiffusionPolicy.Load(copy.Folder, new CameraModel(PolicyChainTests.Camera))).Message, StringComparison.Ordinal);
    }

    /// <summary>What is committed comes out as it went in; what is not is the network's own.</summary>
    [Fact]
    public void ChunksGoOnFromCommittedActions()
    {
        using var policy = DiffusionPolicy.Load(Package, new CameraModel(PolicyChainTests.Camera));
        var history = History(new ToolPose(0.30, 0.1, 0.2, 0.5));
        var chunk = new ActionChunk();
        policy.Begin(PolicyChainTests.Call(7, "pick", 0.36, 0));
        var committed = new CommittedActions { Steps = 5, CertainSteps = 5 };
        for (var k = 0; k < 5; k++)
            (committed.Poses[k], committed.Suction[k]) = (new ToolPose(0.30, 0.1 + (0.02 * (k + 1)), 0.2, 0.5 - (0.1 * (k + 1))), k % 2 == 0);
        policy.Continue(committed);
        Assert.Equal(0.95f, policy.Infer(history, chunk), 1e-4f); // progress is never committed
        for (var k = 0; k < 5; k++)
        {
            Assert.Equal(committed.Poses[k].Y, chunk.Poses[k].Y, 1e-5);
            Assert.Equal(committed.Poses[k].X, chunk.Poses[k].X, 1e-5);
            Assert.Equal(committed.Poses[k].Yaw, chunk.Poses[k].Yaw, 1e-5);
            Assert.Equal(committed.Suction[k], chunk.Suction[k]);
        }

        Assert.Equal(0.30 + (11 * 0.2 * 0.05), chunk.Poses[15].X, 1e-4);
        Assert.Equal(0.2, chunk.Poses[15].Y, 1e-4);

        // Only the next chunk: the one after is free.
        policy.Infer(history, chunk);
        Assert.Equal(0.1, chunk.Poses[4].Y, 1e-5);
    }

    [Fact]
    public void AnotherSolverMustFitTheNetwork()
    {
        var camera = new CameraModel(PolicyChainTests.Camera);
        using var policy = DiffusionPolicy.Load(Package, camera, change: manifest => manifest.WithSolver("flow", 7));
        Assert.Equal(7, policy.Manifest.SolverSteps);
        Assert.Contains("found ddim for a network of flow, allowed flow", Assert.Throws<ModelException>(() => policy.Manifest.WithSolver("ddim", 2)).Message, StringComparison.Ordinal);
        Assert.Contains("found 0, allowed 1 to 100", Assert.Throws<ModelException>(() => policy.Manifest.WithSolver("flow", 0)).Message, StringComparison.Ordinal);
        var diffusion = policy.Manifest with { Solver = "ddpm", Prediction = PredictionKind.V, Clip = 1 };
        foreach (var solver in (string[])["ddim", "ddpm", "dpm-solver++"])
            Assert.Equal(3, diffusion.WithSolver(solver, 3).CreateSolver().Steps);
    }

    [Fact]
    public void NetworkThatAnswersOtherwiseIsRefused()
    {
        using var copy = new PackageCopy();
        var path = Path.Combine(copy.Folder, PolicyManifest.GoldenFile);
        var bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), 3f);
        File.WriteAllBytes(path, bytes);
        copy.Rehash(PolicyManifest.GoldenFile);
        Assert.Contains("prediction: found outputs of cosine", Assert.Throws<ModelException>(() => DiffusionPolicy.Load(copy.Folder, new CameraModel(PolicyChainTests.Camera))).Message, StringComparison.Ordinal);
    }

    private static Observation[] History(ToolPose tool)
    {
        Observation[] history = [new(320, 240) { TimeNs = 0 }, new(320, 240) { TimeNs = 1000 }];
        foreach (var observation in history)
            observation.Robot.CommandedTool = tool;
        return history;
    }

    private sealed class PackageCopy : IDisposable
    {
        public PackageCopy()
        {
            foreach (var file in Directory.GetFiles(Package))
                File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("edge-package-").FullName;

        private string Manifest => Path.Combine(Folder, ModelPackage.ManifestName);

        /// <summary>Changes the last place where the text stands: the policy's part comes last.</summary>
        public void Replace(string right, string wrong)
        {
            var text = File.ReadAllText(Manifest);
            var at = text.LastIndexOf(right, StringComparison.Ordinal);
            Assert.True(at >= 0, right);
            File.WriteAllText(Manifest, text[..at] + wrong + text[(at + right.Length)..]);
        }

        public void Rehash(string file)
        {
            var old = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(Package, file))));
            Replace(old, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, file)))));
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}

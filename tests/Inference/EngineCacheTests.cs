using Edge.Inference;
using Xunit;

namespace Edge.Tests.Inference;

public sealed class EngineCacheTests : IDisposable
{
    private static readonly TensorRtPlatform Orin = new("Orin", "8.7", "10.3.0", "1.29.0");
    private static readonly EngineKey Key = new("denoiser", new string('a', 64), Orin, "fp16", "");

    private readonly string _root = Path.Combine(Fixture.NewFolder(), "engines");
    private readonly EngineCache _cache;

    public EngineCacheTests() => _cache = new EngineCache(_root);

    public static TheoryData<string, EngineKey> Others => new()
    {
        { "model", Key with { Sha256 = new string('b', 64) } },
        { "device", Key with { Platform = Orin with { Device = "Thor" } } },
        { "compute capability", Key with { Platform = Orin with { ComputeCapability = "10.1" } } },
        { "TensorRT", Key with { Platform = Orin with { TensorRt = "10.16.0" } } },
        { "ONNX Runtime", Key with { Platform = Orin with { OnnxRuntime = "1.30.0" } } },
        { "precision", Key with { Precision = "fp32" } },
        { "options", Key with { Options = "trt_auxiliary_streams=0" } },
        { "graph", Key with { Graph = "encoder" } },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void AnotherOneHasAnotherFolder(string what, EngineKey other)
    {
        Assert.NotEqual(Key.FolderName, other.FolderName);
        Make(Key);
        Assert.True(_cache.Find(Key, out _) is not null, what);
        Assert.Null(_cache.Find(other, out var reason));
        Assert.Contains("run 'edge models build'", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TheKeyComesFromPackageAndPreference()
    {
        var options = new Dictionary<ExecutionProvider, IReadOnlyDictionary<string, string>>
        {
            [ExecutionProvider.TensorRt] = new Dictionary<string, string> { ["trt_z"] = "2", ["trt_a"] = "1" },
            [ExecutionProvider.Cuda] = new Dictionary<string, string> { ["arena_extend_strategy"] = "1" },
        };
        var key = EngineKey.Of(new GraphFile("/m/encoder.onnx", "c0"), new ProviderPreference([ExecutionProvider.TensorRt], false, options, HalfPrecision: false), Orin);
        Assert.Equal(new EngineKey("encoder", "c0", Orin, "fp32", "trt_a=1;trt_z=2"), key);
    }

    [Fact]
    public void AStampSurvivesAndShowsInTheList()
    {
        var stamp = Make(Key, cudaGraph: true);
        var found = _cache.Find(Key, out var reason)!;
        Assert.Equal("", reason);
        Assert.True(found is { Usable: true, CudaGraph: true } && found.Key == Key);
        Assert.Equal(stamp.Files, found.Files);
        Assert.Equal(Key, Assert.Single(_cache.All()).Key);
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("gone")]
    [InlineData("added")]
    public void ChangedEnginesAreNotTrusted(string how)
    {
        Make(Key);
        var engine = Path.Combine(_cache.FolderOf(Key), "a.engine");
        if (how == "gone")
            File.Delete(engine);
        else
            File.AppendAllText(how == "added" ? engine + "2" : engine, "!");
        Assert.Null(_cache.Find(Key, out var reason));
        Assert.Contains("not the one that was built: run 'edge models build'", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"key\":null,\"files\":null}")]
    public void BrokenStampsAreNone(string text)
    {
        Make(Key);
        File.WriteAllText(Path.Combine(_cache.FolderOf(Key), "engine.json"), text);
        Assert.Null(_cache.Find(Key, out var reason));
        Assert.Contains("run 'edge models build'", reason, StringComparison.Ordinal);
        Assert.Empty(_cache.All());
    }

    [Fact]
    public void AnInterruptedBuildLeavesNoStamp()
    {
        Make(Key);
        _cache.Clear(Key);
        File.WriteAllText(Path.Combine(_cache.FolderOf(Key), "a.engine"), "half");
        Assert.Null(_cache.Find(Key, out _));
    }

    [Fact]
    public void TimingCachesAreSharedByModelsButNotByVersions()
    {
        Assert.Equal(_cache.TimingFolderOf(Key), _cache.TimingFolderOf(Key with { Sha256 = "other" }));
        Assert.NotEqual(_cache.TimingFolderOf(Key), _cache.TimingFolderOf(Key with { Platform = Orin with { TensorRt = "10.4.0" } }));
    }

    [Theory]
    [InlineData(100300, "10.3.0")]
    [InlineData(101602, "10.16.2")]
    [InlineData(110401, "11.4.1")]
    [InlineData(8601, "8.6.1")]
    public void TensorRtVersionsAreReadAsItsHeaderWritesThem(int version, string text) => Assert.Equal(text, TensorRtPlatform.VersionText(version));

    public void Dispose()
    {
        if (Directory.Exists(_root))
            Directory.Delete(Path.GetDirectoryName(_root)!, recursive: true);
    }

    private EngineStamp Make(EngineKey key, bool cudaGraph = false)
    {
        _cache.Clear(key);
        File.WriteAllText(Path.Combine(_cache.FolderOf(key), "a.engine"), "engine");
        return _cache.Seal(key, usable: true, cudaGraph, "", 61.23);
    }
}

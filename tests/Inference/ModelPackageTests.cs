using System.Security.Cryptography;
using Edge.Inference;
using Xunit;

namespace Edge.Tests.Inference;

public sealed class ModelPackageTests : IDisposable
{
    private readonly string _folder = Fixture.NewFolder();
    private readonly string _hash;

    public ModelPackageTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "onnx"));
        File.WriteAllText(Path.Combine(_folder, "onnx", "a.onnx"), "weights");
        _hash = Convert.ToHexStringLower(SHA256.HashData("weights"u8));
    }

    private string Good => $$"""
        { "format": 1, "kind": "policy", "name": "p", "task": ["pick", "place"], "files": { "onnx/a.onnx": "{{_hash}}" },
          "provider": { "prefer": ["tensorrt", "cpu"], "require": false, "precision": "fp32", "options": { "tensorrt": { "trt_auxiliary_streams": "0" } } },
          "policy": { "horizon": 16 }, "measured": { "success": 0.9 } }
        """;

    [Fact]
    public void ReadsAManifest()
    {
        var package = Open(Good);
        Assert.Equal(["pick", "place"], package.Tasks);
        Assert.Equal([ExecutionProvider.TensorRt, ExecutionProvider.Cpu], package.Provider.Prefer);
        Assert.Equal("0", package.Provider.OptionsOf(ExecutionProvider.TensorRt)["trt_auxiliary_streams"]);
        Assert.Empty(package.Provider.OptionsOf(ExecutionProvider.Cuda));
        Assert.False(package.Provider.HalfPrecision);
        Assert.Equal(_hash, package.Graph("onnx/a.onnx").Sha256);
        Assert.Equal(16, package.Details["horizon"].AsInt(1, 64));
        Assert.Equal(0.9, package.Root["measured"]["success"].AsDouble(0, 1));
        Assert.Equal(Path.Combine(_folder, "onnx/a.onnx"), package.PathOf("onnx/a.onnx"));
        Assert.Contains("onnx/b.onnx is needed and not listed", Assert.Throws<ModelException>(() => package.PathOf("onnx/b.onnx")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 2", "format: found 2, allowed a whole number 1 to 1")]
    [InlineData("\"format\": 1,", "", "format: missing")]
    [InlineData("\"kind\": \"policy\"", "\"kind\": \"plan\"", "kind: found \"plan\", allowed one of policy, planner")]
    [InlineData("\"name\": \"p\"", "\"name\": \"\"", "name: found \"\", allowed a string of 1 to 256 characters")]
    [InlineData("[\"pick\", \"place\"]", "[\"pick\", 3]", "task[1]: found 3, allowed a string")]
    [InlineData("onnx/a.onnx", "../a.onnx", "found the name \"../a.onnx\", allowed a path inside the package")]
    [InlineData("onnx/a.onnx", "/etc/passwd", "allowed a path inside the package")]
    [InlineData("onnx/a.onnx", "onnx/missing.onnx", "files.onnx/missing.onnx: Could not find file")]
    [InlineData("\"onnx/a.onnx\": \"", "\"onnx/a.onnx\": \"0", "files.onnx/a.onnx: found")]
    [InlineData("[\"tensorrt\", \"cpu\"]", "[\"tensorrt\", \"npu\"]", "provider.prefer[1]: found \"npu\", allowed one of tensorrt, cuda, cpu")]
    [InlineData("[\"tensorrt\", \"cpu\"]", "[]", "provider.prefer: found an array, allowed at least one of")]
    [InlineData("[\"tensorrt\", \"cpu\"]", "[\"cpu\", \"cpu\"]", "provider.prefer[1]: found \"cpu\", allowed each provider once")]
    [InlineData("\"require\": false", "\"require\": 0", "provider.require: found 0, allowed true or false")]
    [InlineData("\"fp32\"", "\"int8\"", "provider.precision: found \"int8\", allowed one of fp16, fp32")]
    [InlineData("trt_auxiliary_streams", "trt_engine_cache_path", "options.tensorrt.trt_engine_cache_path: set by the controller")]
    [InlineData("trt_auxiliary_streams", "trt_fp16_enable", "set by the controller; write provider.precision")]
    [InlineData("\"policy\": { \"horizon\": 16 }", "\"policy\": 7", "policy: found 7, allowed an object")]
    [InlineData("\"policy\": { \"horizon\": 16 },", "", "policy: missing")]
    [InlineData("\"name\": \"p\"", "\"name\": \"\\ud800\"", "name: found text that is not Unicode")]
    [InlineData("{ \"format\"", "[ \"format\"", "manifest.json")]
    public void WrongManifestsNameTheField(string from, string to, string message)
    {
        var manifest = Good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Good, manifest);
        Assert.Contains(message, Assert.Throws<ModelException>(() => Open(manifest)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ChangedFilesAreRefused()
    {
        File.AppendAllText(Path.Combine(_folder, "onnx", "a.onnx"), "!");
        Assert.Contains($"allowed {_hash}", Assert.Throws<ModelException>(() => Open(Good)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AGraphsHashIsAlsoThatOfItsWeights()
    {
        File.WriteAllText(Path.Combine(_folder, "onnx", "a.onnx_data"), "more");
        var more = Convert.ToHexStringLower(SHA256.HashData("more"u8));
        var package = Open(Good.Replace($"\"{_hash}\"", $"\"{_hash}\", \"onnx/a.onnx_data\": \"{more}\"", StringComparison.Ordinal));
        Assert.NotEqual(_hash, package.Graph("onnx/a.onnx").Sha256);
        Assert.NotEqual(more, package.Graph("onnx/a.onnx").Sha256);
    }

    [Fact]
    public void UnlistedWeightsAreRefused()
    {
        File.WriteAllText(Path.Combine(_folder, "onnx", "a.onnx_data_1"), "more");
        Assert.Contains("a.onnx_data_1 lies in the folder and is not listed", Assert.Throws<ModelException>(() => Open(Good)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheKindMustFit() =>
        Assert.Contains("kind: found \"policy\", allowed planner", Assert.Throws<ModelException>(() => Open(Good, "planner")).Message, StringComparison.Ordinal);

    /// <summary>Whatever a damaged manifest holds, the answer is a package or a <see cref="ModelException"/>.</summary>
    [Fact]
    public void DamagedManifestsNeverCrash()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(Good);
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var damaged = bytes.ToArray();
            for (var k = random.Next(1, 4); k > 0; k--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(Path.Combine(_folder, ModelPackage.ManifestName), damaged);
            try
            {
                _ = ModelPackage.Open(_folder, "policy");
            }
            catch (ModelException)
            {
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ModelPackage Open(string manifest, string kind = "policy")
    {
        File.WriteAllText(Path.Combine(_folder, ModelPackage.ManifestName), manifest);
        return ModelPackage.Open(_folder, kind);
    }
}

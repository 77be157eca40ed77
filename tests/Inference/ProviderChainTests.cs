using System.Globalization;
using Edge.Inference;
using Xunit;

namespace Edge.Tests.Inference;

/// <summary>Which provider is chosen, and what is said of those that could not be, on machines with and without NVIDIA's libraries.</summary>
public sealed class ProviderChainTests : IDisposable
{
    private static readonly GraphFile Affine = new(Fixture.PathOf("Inference", "fixture", "affine.onnx"), new string('a', 64));

    private static readonly ProviderPreference Accelerated = new(
        [ExecutionProvider.TensorRt, ExecutionProvider.Cuda, ExecutionProvider.Cpu], false, ProviderPreference.CpuOnly.Options);

    private readonly FakeNvidia _nvidia = new();

    [Fact]
    public void WithoutADriverItSaysSo() =>
        Assert.StartsWith("tensorrt not used: libno-such-driver.so not found (the NVIDIA driver); cuda not used: ", MissingOn(_nvidia.Machine("libno-such-driver.so")), StringComparison.Ordinal);

    [Fact]
    public void WithoutADeviceItSaysSo() =>
        Assert.Contains("cuDeviceGet: error 100, no CUDA-capable device is detected", MissingOn(_nvidia.Machine(_nvidia.DriverWithoutDevice)), StringComparison.Ordinal);

    [Fact]
    public void WithoutTensorRtItSaysSo() =>
        Assert.Contains("tensorrt not used: libno-infer.so.10 not found (TensorRT)", MissingOn(_nvidia.Machine(_nvidia.Driver, "libno-infer.so.10")), StringComparison.Ordinal);

    [Fact]
    public void ALibraryThatIsNotTensorRtIsNamed() =>
        Assert.Contains("has no getInferLibVersion", MissingOn(_nvidia.Machine(_nvidia.Driver, _nvidia.Driver)), StringComparison.Ordinal);

    [Fact]
    public void WithoutAnEngineItNamesTheCommandAndBuildsNone()
    {
        var machine = _nvidia.Machine(_nvidia.Driver, _nvidia.TensorRt());
        Assert.Contains("no engine of affine for Fake Orin, TensorRT 10.3.0, ONNX Runtime 1.", MissingOn(machine), StringComparison.Ordinal);
        Assert.Contains("run 'edge models build'", MissingOn(machine), StringComparison.Ordinal);
        Assert.False(Directory.Exists(machine.Engines.Root));
    }

    [Fact]
    public void AGraphThatTensorRtMustNotRunGoesToTheNextProvider()
    {
        var machine = _nvidia.Machine(_nvidia.Driver, _nvidia.TensorRt());
        Stamp(machine, usable: false, "the shape of input x is free");
        Assert.StartsWith("tensorrt not used: the shape of input x is free; cuda not used", MissingOn(machine), StringComparison.Ordinal);
    }

    /// <summary>Everything is there but ONNX Runtime's own provider libraries: what it throws becomes one line.</summary>
    [Fact]
    public void WithoutTheProviderLibrariesItFallsBack()
    {
        var machine = _nvidia.Machine(_nvidia.Driver, _nvidia.TensorRt());
        Stamp(machine, usable: true, "");
        var missing = MissingOn(machine);
        Assert.Contains("tensorrt not used: ", missing, StringComparison.Ordinal);
        Assert.DoesNotContain("models build", missing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trt_no_such_option", "1")]
    [InlineData("device_id", "not a number")]
    public void WrongOptionsFallBack(string key, string value)
    {
        var preference = Accelerated with
        {
            Options = new Dictionary<ExecutionProvider, IReadOnlyDictionary<string, string>> { [ExecutionProvider.TensorRt] = new Dictionary<string, string> { [key] = value } },
        };
        var machine = _nvidia.Machine(_nvidia.Driver, _nvidia.TensorRt());
        Stamp(machine, usable: true, "", preference);
        Assert.Contains("tensorrt not used: ", MissingOn(machine, preference), StringComparison.Ordinal);
    }

    [Fact]
    public void ARequiredProviderDoesNotFallBack()
    {
        var machine = _nvidia.Machine("libno-such-driver.so");
        var required = Assert.Throws<ModelException>(() => OnnxSession.Load(Affine, Accelerated with { Require = true }, machine));
        Assert.Contains("no execution provider as required (tensorrt, cuda, cpu): tensorrt not used: libno-such-driver.so not found", required.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', required.Message);
        var noCpu = Accelerated with { Prefer = [ExecutionProvider.TensorRt, ExecutionProvider.Cuda] };
        Assert.Contains("cuda not used: ", Assert.Throws<ModelException>(() => OnnxSession.Load(Affine, noCpu, machine)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu", false, ExecutionProvider.Cpu)]
    [InlineData("tensorrt,cuda,cpu", false, ExecutionProvider.TensorRt, ExecutionProvider.Cuda, ExecutionProvider.Cpu)]
    [InlineData("require tensorrt,cpu", true, ExecutionProvider.TensorRt, ExecutionProvider.Cpu)]
    public void TheRobotFilesChoiceGoesFirst(string choice, bool require, params ExecutionProvider[] prefer)
    {
        var chosen = Accelerated.Choose(choice);
        Assert.Equal(prefer, chosen.Prefer);
        Assert.Equal(require, chosen.Require);
        Assert.Same(Accelerated, Accelerated.Choose(null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("npu")]
    [InlineData("require")]
    [InlineData("cpu,")]
    [InlineData("cpu, cuda")]
    [InlineData("cpu,cpu,cpu,cpu")]
    public void OtherChoicesAreRefusedAsInTheSchema(string choice)
    {
        Assert.Throws<FormatException>(() => Accelerated.Choose(choice));
        Assert.DoesNotMatch(ProviderPreference.ChoicePattern, choice);
    }

    [Fact]
    public void BuildingWithoutTensorRtSaysWhatIsMissing()
    {
        var folder = Packages.WithProvider("""{ "prefer": ["tensorrt", "cpu"] }""");
        var package = ModelPackage.Open(folder, "policy");
        var builder = new EngineBuilder(_nvidia.Machine("libno-such-driver.so"), TextWriter.Null);
        Assert.Contains("libno-such-driver.so not found", Assert.Throws<ModelException>(() => builder.Build(package, ["denoiser.onnx"], true, false)).Message, StringComparison.Ordinal);
        Assert.Empty(new EngineBuilder(_nvidia.Machine("libno-such-driver.so") with { Provider = "cpu" }, TextWriter.Null).Build(package, ["denoiser.onnx"], true, false));
    }

    /// <summary>A build that ends in ONNX Runtime's refusal leaves a stamp with the reason, so that the start does not ask for the build again.</summary>
    [Fact]
    public void ABuildThatFailsIsRemembered()
    {
        var machine = _nvidia.Machine(_nvidia.Driver, _nvidia.TensorRt());
        var package = ModelPackage.Open(Packages.WithProvider("""{ "prefer": ["tensorrt", "cpu"] }"""), "policy");
        using var log = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Throws<ModelException>(() => new EngineBuilder(machine, log).Build(package, ["denoiser.onnx"], true, false));
        Assert.Contains("Fake Orin (compute capability 8.7), TensorRT 10.3.0", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void FreeShapesAreNotBuilt()
    {
        var machine = _nvidia.Machine(_nvidia.Driver, _nvidia.TensorRt());
        var package = ModelPackage.Open(Packages.WithProvider("""{ "prefer": ["tensorrt", "cpu"] }""", ("affine.onnx", Affine.Path)), "policy");
        var stamp = Assert.Single(new EngineBuilder(machine, TextWriter.Null).Build(package, ["affine.onnx"], true, false));
        Assert.False(stamp.Usable);
        Assert.Contains("the shape of input x (Float [batch, 3]) is free", stamp.Reason, StringComparison.Ordinal);
        Assert.Contains(stamp.Reason, MissingOn(machine, Accelerated, package.Graph("affine.onnx")), StringComparison.Ordinal);
    }

    public void Dispose() => _nvidia.Dispose();

    private static string MissingOn(ModelRuntime machine, ProviderPreference? preference = null, GraphFile? graph = null)
    {
        using var session = OnnxSession.Load(graph ?? Affine, preference ?? Accelerated, machine);
        Assert.Equal(ExecutionProvider.Cpu, session.Provider);
        Assert.DoesNotContain('\n', session.Missing);
        using var run = session.BindAll();
        run.Run(); // after the failed attempts the session works
        return session.Missing;
    }

    private static void Stamp(ModelRuntime machine, bool usable, string reason, ProviderPreference? preference = null)
    {
        var key = EngineKey.Of(Affine, preference ?? Accelerated, machine.FindTensorRt(Accelerated, out _)!);
        machine.Engines.Clear(key);
        machine.Engines.Seal(key, usable, cudaGraph: false, reason, 1);
    }
}

using Edge.Inference;
using Microsoft.ML.OnnxRuntime.Tensors;
using Xunit;

namespace Edge.Tests.Inference;

public class OnnxSessionTests
{
    private static readonly string Affine = Fixture.PathOf("Inference", "fixture", "affine.onnx");

    private static readonly ProviderPreference Accelerated = new(
        [ExecutionProvider.TensorRt, ExecutionProvider.Cuda, ExecutionProvider.Cpu], false, ProviderPreference.CpuOnly.Options);

    [Fact]
    public void BindsEverythingAndComputes()
    {
        using var session = Load(Affine, ProviderPreference.CpuOnly);
        using var run = session.BindAll(new Dictionary<string, int> { ["batch"] = 2 });
        float[] x = [1, 2, 3, 4, 5, 6];
        x.CopyTo(run["x"].AsSpan<float>());
        new float[] { 0.5f, -1, 100 }.CopyTo(run["b"].AsSpan<float>());
        run.Run();
        Assert.Equal([2.5f, 3, 106, 8.5f, 9, 112], run["y"].AsSpan<float>().ToArray());
        Assert.Equal([2L, 3], run["shape"].AsSpan<long>().ToArray());
        run["b"].AsSpan<float>().Clear();
        run.Run();
        Assert.Equal([2f, 4, 6, 8, 10, 12], run["y"].AsSpan<float>().ToArray());
    }

    [Fact]
    public void RunsAllocateNothing()
    {
        using var session = Load(Affine, ProviderPreference.CpuOnly);
        using var run = session.BindAll();
        run.Run();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                run["x"].AsSpan<float>()[0] = i;
                run.Run();
            }
        }));
        Assert.Equal(198, run["y"].AsSpan<float>()[0]);
    }

    [Fact]
    public void ViewsShareMemory()
    {
        using var session = Load(Affine, ProviderPreference.CpuOnly, fixedShapes: false);
        using var x = NativeTensor.Allocate(TensorElementType.Float, 4, 3);
        using var b = NativeTensor.Allocate(TensorElementType.Float, 3);
        using var y = NativeTensor.Allocate(TensorElementType.Float, 4, 3);
        x.AsSpan<float>().Fill(7);
        foreach (var rows in new long[] { 1, 4, 0, 2 })
        {
            using var xView = x.View(rows, 3);
            using var yView = y.View(rows, 3);
            y.AsSpan<float>().Clear();
            using var run = session.Bind(new Dictionary<string, NativeTensor> { ["x"] = xView, ["b"] = b, ["y"] = yView });
            run.Run();
            Assert.Equal(rows * 3, y.AsSpan<float>().Count(14f));
        }

        Assert.Throws<ArgumentException>(() => x.View(5, 3));
    }

    [Fact]
    public void BindingNamesWhatIsWrong()
    {
        using var session = Load(Affine, ProviderPreference.CpuOnly);
        using var good = NativeTensor.Allocate(TensorElementType.Float, 1, 3);
        using var b = NativeTensor.Allocate(TensorElementType.Float, 3);
        using var whole = NativeTensor.Allocate(TensorElementType.Int64, 1, 3);
        using var wide = NativeTensor.Allocate(TensorElementType.Float, 1, 4);
        Assert.Contains("input b is declared and not fed", BindError(new() { ["x"] = good }), StringComparison.Ordinal);
        Assert.Contains("x: found Int64 [1, 3], allowed Float [batch, 3]", BindError(new() { ["x"] = whole, ["b"] = b }), StringComparison.Ordinal);
        Assert.Contains("x: found Float [1, 4], allowed Float [batch, 3]", BindError(new() { ["x"] = wide, ["b"] = b }), StringComparison.Ordinal);
        Assert.Contains("q is neither an input nor an output", BindError(new() { ["x"] = good, ["b"] = b, ["q"] = b }), StringComparison.Ordinal);

        string BindError(Dictionary<string, NativeTensor> tensors) => Assert.Throws<ModelException>(() => session.Bind(tensors)).Message;
    }

    [Fact]
    public void BrokenFilesAreNamed()
    {
        var folder = Fixture.NewFolder();
        var path = Path.Combine(folder, "broken.onnx");
        Assert.Contains(path, Assert.Throws<ModelException>(() => Load(path, Accelerated)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, [1, 2, 3, 4]);
        Assert.Contains(path, Assert.Throws<ModelException>(() => Load(path, Accelerated)).Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static OnnxSession Load(string path, ProviderPreference providers, bool fixedShapes = true) =>
        OnnxSession.Load(new GraphFile(path, ""), providers, ModelRuntime.Default, fixedShapes);
}

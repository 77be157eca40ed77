using System.Diagnostics;
using System.Runtime.InteropServices;
using Edge.Inference;

namespace Edge.Tests.Inference;

/// <summary>An NVIDIA driver and TensorRT as far as the provider chain looks at them (fixture/nvidia.c), compiled into a folder of their own.</summary>
internal sealed class FakeNvidia : IDisposable
{
    private readonly string _folder = Fixture.NewFolder();

    /// <summary>A driver that finds a GPU.</summary>
    public string Driver => Compile("driver");

    /// <summary>A driver that finds none.</summary>
    public string DriverWithoutDevice => Compile("nodevice", "-DNO_DEVICE");

    /// <summary>TensorRT of a version.</summary>
    public string TensorRt(int version = 100300) => Compile($"tensorrt{version}", $"-DTENSORRT_VERSION={version}");

    /// <summary>A machine with these libraries and an empty engine cache.</summary>
    public ModelRuntime Machine(string driver, params string[] tensorRt) => new(null, new EngineCache(Path.Combine(_folder, "engines")), driver, tensorRt);

    /// <summary>Calls a counter of the fake driver.</summary>
    public static unsafe int Count(string library, string counter) =>
        ((delegate* unmanaged<int>)NativeLibrary.GetExport(NativeLibrary.Load(library), counter))();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Compile(string name, params string[] flags)
    {
        var library = Path.Combine(_folder, $"lib{name}.so");
        if (File.Exists(library))
            return library;
        using var compiler = Process.Start("gcc", ["-shared", "-fPIC", "-Wall", "-Werror", .. flags, "-o", library, Fixture.PathOf("Inference", "fixture", "nvidia.c")]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException("gcc could not compile nvidia.c");
    }
}

using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Inference;

/// <summary>
/// One ONNX graph, ready to run on one thread. Make it on an ordinary thread: ONNX Runtime's own threads would inherit a real-time priority and an affinity.
/// Not thread-safe.
/// </summary>
public sealed partial class OnnxSession : IDisposable
{
    private const int SchedOther = 0;
    private const int SchedBatch = 3;
    private const int SchedIdle = 5;

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly CudaDriver? _device; // null: everything lies in the processor's memory

    // Before the library is loaded, which otherwise keeps a telemetry database in the user's home. Our environment alone would not reach native code.
    static OnnxSession() => _ = SetEnv("ORT_DISABLE_TELEMETRY", "1", overwrite: 0);

    private OnnxSession(string path, InferenceSession session, ExecutionProvider provider, string missing, CudaDriver? device)
    {
        Path = path;
        _session = session;
        _device = device;
        Provider = provider;
        Missing = missing;
        Inputs = Describe(session.InputNames, session.InputMetadata);
        Outputs = Describe(session.OutputNames, session.OutputMetadata);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The provider that computes what it can; the processor takes the rest where the package allows it.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>One line about better providers that could not be used; empty when there are none.</summary>
    public string Missing { get; }

    /// <summary>Declared inputs by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Inputs { get; }

    /// <summary>Declared outputs by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Outputs { get; }

    /// <summary>Loads a graph.</summary>
    /// <param name="graph">The file.</param>
    /// <param name="providers">Where to compute.</param>
    /// <param name="runtime">This machine.</param>
    /// <param name="fixedShapes">Every run has the same shapes, so memory is planned once; false for a decoder, whose shapes change with every token.</param>
    /// <exception cref="ModelException">The file, the runtime or a required provider cannot be used.</exception>
    public static OnnxSession Load(GraphFile graph, ProviderPreference providers, ModelRuntime runtime, bool fixedShapes = true)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(providers);
        ArgumentNullException.ThrowIfNull(runtime);
        if (OperatingSystem.IsLinux() && SchedGetScheduler(0) is not (SchedOther or SchedBatch or SchedIdle))
            throw new InvalidOperationException("Sessions are created on an ordinary thread, this one is real-time.");
        try
        {
            var session = ProviderChain.Create(graph, providers, runtime, () => CreateOptions(fixedShapes), out var provider, out var missing);
            return new OnnxSession(graph.Path, session, provider, missing, DeviceOf(provider, providers, runtime));
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new ModelException(
                $"libonnxruntime.so: not found beside the program ({AppContext.BaseDirectory}) or not the version of its C# API; 'make setup' puts it there", e);
        }
    }

    /// <summary>
    /// Ties tensors to the graph's names, for any number of runs. Every declared input must be there; outputs that are not are not computed.
    /// The tensors must outlive the run and stay the caller's.
    /// </summary>
    public BoundRun Bind(IEnumerable<KeyValuePair<string, NativeTensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var run = NewRun(ownsTensors: false);
        try
        {
            foreach (var (name, tensor) in tensors)
                run.Add(name, tensor, isInput: Check(name, tensor));
            foreach (var name in Inputs.Keys)
            {
                if (!run.Contains(name))
                    throw new ModelException($"{Path}: input {name} is declared and not fed");
            }
        }
        catch
        {
            run.Dispose();
            throw;
        }

        return run;
    }

    /// <summary>
    /// Allocates and ties a tensor for every input and output. Free dimensions take their size from <paramref name="dimensions"/> by name, else 1.
    /// </summary>
    public BoundRun BindAll(IReadOnlyDictionary<string, int>? dimensions = null)
    {
        var run = NewRun(ownsTensors: true);
        foreach (var (name, info) in Inputs)
            run.Add(name, NativeTensor.Allocate(info.Type, info.Resolve(dimensions)), isInput: true);
        foreach (var (name, info) in Outputs)
            run.Add(name, NativeTensor.Allocate(info.Type, info.Resolve(dimensions)), isInput: false);
        return run;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int SchedGetScheduler(int pid);

    internal static SessionOptions CreateOptions(bool fixedShapes) => new()
    {
        // One thread: two with spinning burn a whole core and give tails of 10 ms and more at 100 Hz.
        IntraOpNumThreads = 1,
        InterOpNumThreads = 1,
        ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        // A memory pattern is kept for every combination of shapes ever seen.
        EnableMemoryPattern = fixedShapes,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
    };

    private static CudaDriver? DeviceOf(ExecutionProvider provider, ProviderPreference providers, ModelRuntime runtime) =>
        provider == ExecutionProvider.Cpu ? null
            : CudaDriver.TryLoad(runtime.CudaLibrary, ModelRuntime.DeviceOf(providers, provider), out var reason) ?? throw new ModelException(reason);

    private static Dictionary<string, TensorInfo> Describe(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> metadata)
    {
        var tensors = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var node = metadata[name];
            if (!node.IsTensor)
                throw new ModelException($"graph value {name}: found {node.OnnxValueType}, allowed a tensor");
            tensors[name] = new TensorInfo(node.ElementDataType, node.Dimensions, node.SymbolicDimensions);
        }

        return tensors;
    }

    private BoundRun NewRun(bool ownsTensors) => new(Path, _session, _options, ownsTensors, _device);

    /// <summary>Checks name, type and shape; true when the name is an input's.</summary>
    private bool Check(string name, NativeTensor tensor)
    {
        var isInput = Inputs.TryGetValue(name, out var info);
        if (!isInput && !Outputs.TryGetValue(name, out info))
            throw new ModelException($"{Path}: {name} is neither an input nor an output");
        if (!info!.Accepts(tensor))
            throw new ModelException($"{Path}: {name}: found {tensor.Type} [{string.Join(", ", tensor.Shape)}], allowed {info}");
        return isInput;
    }
}

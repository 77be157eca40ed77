using System.Runtime.InteropServices;
using Edge.Cameras;
using Edge.Control;
using Edge.Inference;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Policy;

/// <summary>
/// The learned policy: a package's encoder looks at the observations once a chunk, its denoiser turns noise into actions under that condition.
/// <see cref="Infer"/> allocates nothing.
/// </summary>
public sealed class DiffusionPolicy : IChunkPolicy, IDisposable
{
    // Timing at start: enough runs for a 99th percentile, and not much of the time to start.
    private const int TimedWarmUps = 5, LeastTimedRuns = 20, MostTimedRuns = 200;
    private const double TimedSeconds = 0.5;

    private readonly PolicyManifest _manifest;
    private readonly IPolicyInputs _inputs;
    private readonly ISolver _solver;
    private readonly GaussianNoise _noise;
    private readonly NativeTensor _condition;
    private readonly NativeTensor _noisy;
    private readonly NativeTensor _timestep;
    private readonly NativeTensor _prediction;
    private readonly OnnxSession _encoderSession;
    private readonly OnnxSession _denoiserSession;
    private readonly BoundRun _encode;
    private readonly Denoiser _denoiser;
    private readonly GuidedDenoiser _guided;
    private readonly float[] _actions;
    private Subtask? _subtask;
    private CommittedActions? _committed;

    private DiffusionPolicy(ModelPackage package, PolicyManifest manifest, IPolicyInputs inputs, ModelRuntime runtime)
    {
        _manifest = manifest;
        _inputs = inputs;
        _solver = _manifest.CreateSolver();
        _noise = new GaussianNoise(_manifest.Seed);
        _actions = new float[_manifest.Horizon * ActionSpace.Channels];

        var providers = package.ProviderUnder(runtime);
        _encoderSession = OnnxSession.Load(package.Graph(PolicyManifest.EncoderFile), providers, runtime);
        _denoiserSession = OnnxSession.Load(package.Graph(PolicyManifest.DenoiserFile), providers, runtime);
        _condition = NativeTensor.Allocate(TensorElementType.Float, Output(_encoderSession, "cond").Resolve(null));
        _noisy = Float(1, _manifest.Horizon, ActionSpace.Channels);
        _timestep = Float(1);
        _prediction = Float(1, _manifest.Horizon, ActionSpace.Channels);
        _encode = _encoderSession.Bind([.. _inputs.Tensors, new("cond", _condition)]);
        _denoiser = new Denoiser(
            _denoiserSession.Bind([new("noisy_actions", _noisy), new("timestep", _timestep), new("cond", _condition), new("prediction", _prediction)]),
            _noisy,
            _timestep,
            _prediction);
        _guided = new GuidedDenoiser(_denoiser, _manifest.CreateObjective(), _actions.Length);
        GoldenCosine = CheckGolden(package.PathOf(PolicyManifest.GoldenFile));
    }

    /// <summary>Graphs of a package.</summary>
    public static IReadOnlyList<string> Graphs { get; } = [PolicyManifest.EncoderFile, PolicyManifest.DenoiserFile];

    /// <inheritdoc/>
    public long StepNs => _manifest.StepNs;

    /// <inheritdoc/>
    public int ObservationSteps => _manifest.ObservationSteps;

    /// <summary>What the package says.</summary>
    public PolicyManifest Manifest => _manifest;

    /// <summary>Where the denoiser computes.</summary>
    public ExecutionProvider Provider => _denoiserSession.Provider;

    /// <summary>One line about better providers that could not be used; empty when there are none.</summary>
    public string Missing => _denoiserSession.Missing;

    /// <summary>Cosine between what the networks said here on the package's golden input and what is stored.</summary>
    public double GoldenCosine { get; }

    /// <summary>Opens a package, checks all of it, and compares its answer to the golden input that it carries.</summary>
    /// <param name="folder">The package.</param>
    /// <param name="camera">Calibration of the camera whose frames come in.</param>
    /// <param name="runtime">How this machine runs models; null: as the package asks.</param>
    /// <param name="change">Another solver, e.g. <see cref="PolicyManifest.WithSolver"/>; null: the manifest's.</param>
    /// <exception cref="ModelException">The package cannot be used here; the message names the field or the file.</exception>
    public static DiffusionPolicy Load(string folder, CameraModel camera, ModelRuntime? runtime = null, Func<PolicyManifest, PolicyManifest>? change = null) =>
        Load(folder, package =>
        {
            var manifest = PolicyManifest.Parse(package.Details);
            manifest = change?.Invoke(manifest) ?? manifest;
            return (manifest, new CallInputs(manifest, camera));
        }, runtime);

    /// <summary>Opens a package whose encoder network looks at something else than a call and its target.</summary>
    /// <param name="folder">The package.</param>
    /// <param name="read">Reads the manifest and makes the network's inputs; the policy disposes of them.</param>
    /// <param name="runtime">How this machine runs models; null: as the package asks.</param>
    /// <exception cref="ModelException">The package cannot be used here; the message names the field or the file.</exception>
    public static DiffusionPolicy Load(string folder, Func<ModelPackage, (PolicyManifest Manifest, IPolicyInputs Inputs)> read, ModelRuntime? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(read);
        var package = ModelPackage.Open(folder, "policy");
        var (manifest, inputs) = read(package);
        return new DiffusionPolicy(package, manifest, inputs, runtime ?? ModelRuntime.Default);
    }

    /// <summary>Draws a chunk's values from whatever the input tensors hold: encoder and all solver steps. What is timed.</summary>
    public void Draw()
    {
        _encode.Run();
        _noise.Fill(_actions);
        _solver.Solve(_actions, _guided, _noise);
    }

    /// <summary>Times whole chunks on whatever the tensors hold. Takes about half a second.</summary>
    public RunTiming Time() => RunTiming.Measure(Draw, TimedWarmUps, LeastTimedRuns, MostTimedRuns, TimedSeconds);

    /// <inheritdoc/>
    public void Begin(Subtask subtask)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        _inputs.Begin(subtask);
        _subtask = subtask;
        _committed = null;
        // The same subtask in the same world always gets the same motion.
        _noise.Reset(_manifest.Seed + ((ulong)subtask.Id << 32));
    }

    /// <inheritdoc/>
    public void Continue(CommittedActions committed) => _committed = committed;

    /// <inheritdoc/>
    public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var subtask = _subtask ?? throw new InvalidOperationException("Infer before Begin.");
        _inputs.Fill(history);
        var newest = history[^1];
        if (_committed is { } committed)
            _guided.Guide(committed, newest.Robot.CommandedTool);
        Draw();
        _committed = null;
        _guided.Release();

        chunk.SubtaskId = subtask.Id;
        chunk.ObservationNs = newest.TimeNs;
        chunk.StepNs = StepNs;
        ActionSpace.Decode(_actions, newest.Robot.CommandedTool, chunk, out var progress);
        return progress;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encode.Dispose();
        _denoiser.Dispose();
        _encoderSession.Dispose();
        _denoiserSession.Dispose();
        _inputs.Dispose();
        foreach (var tensor in (ReadOnlySpan<NativeTensor>)[_condition, _noisy, _timestep, _prediction])
            tensor.Dispose();
    }

    private static TensorInfo Output(OnnxSession session, string name) =>
        session.Outputs.TryGetValue(name, out var info) ? info : throw new ModelException($"{session.Path}: output {name} is missing");

    private static NativeTensor Float(params long[] shape) => NativeTensor.Allocate(TensorElementType.Float, shape);

    /// <summary>The networks must say here what they said where they were made. Returns the cosine.</summary>
    private double CheckGolden(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var expected = (_inputs.Tensors.Sum(input => input.Value.Count) + _noisy.Count + 1 + _condition.Count + _prediction.Count) * sizeof(float);
        if (bytes.Length != expected)
            throw new ModelException($"{path}: found {bytes.Length} bytes, allowed {expected}");
        // First on nothing: a runtime that keeps the inputs of its first runs must not pass.
        Draw();
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(bytes);
        foreach (var (_, tensor) in _inputs.Tensors)
            Take(ref values, tensor);
        Take(ref values, _noisy);
        Take(ref values, _timestep);
        var check = new GoldenCheck(path);
        _encode.Run();
        check.Compare("cond", _condition.AsSpan<float>(), values[..(int)_condition.Count]);
        _denoiser.Run();
        check.Compare("prediction", _prediction.AsSpan<float>(), values[(int)_condition.Count..]);
        return check.Cosine;
    }

    private static void Take(ref ReadOnlySpan<float> values, NativeTensor tensor)
    {
        var count = (int)tensor.Count;
        values[..count].CopyTo(tensor.AsSpan<float>());
        values = values[count..];
    }

    /// <summary>The denoiser network on its bound tensors.</summary>
    private sealed class Denoiser(BoundRun run, NativeTensor noisy, NativeTensor timestep, NativeTensor prediction) : IDenoiser, IDisposable
    {
        public void Predict(ReadOnlySpan<float> sample, float time, Span<float> output)
        {
            sample.CopyTo(noisy.AsSpan<float>());
            timestep.AsSpan<float>()[0] = time;
            run.Run();
            prediction.AsSpan<float>().CopyTo(output);
        }

        public void Run() => run.Run();

        public void Dispose() => run.Dispose();
    }
}

using Edge.Api;
using Edge.Inference;

namespace Edge.Policy;

/// <summary>The part of a package's manifest that belongs to a policy, checked against what this program can feed and use.</summary>
/// <param name="ObservationSteps">Observations in the state.</param>
/// <param name="ImageSteps">Newest observations whose picture is used.</param>
/// <param name="Horizon">Steps of a chunk.</param>
/// <param name="StepNs">Time of a step.</param>
/// <param name="Calls">Indices of the calls that it was trained for; none where it answers to something else.</param>
/// <param name="Solver">One of <see cref="Solvers"/>.</param>
/// <param name="SolverSteps">Questions to the network for one chunk.</param>
/// <param name="Timesteps">Steps of the training schedule; flow: value that stands for the end.</param>
/// <param name="Prediction">What the network predicts; not used by flow.</param>
/// <param name="Clip">Bound on the clean sample; not used by flow.</param>
/// <param name="Seed">Start of the noise.</param>
public sealed record PolicyManifest(
    int ObservationSteps,
    int ImageSteps,
    int Horizon,
    long StepNs,
    IReadOnlyList<int> Calls,
    string Solver,
    int SolverSteps,
    int Timesteps,
    PredictionKind Prediction,
    float Clip,
    ulong Seed)
{
    /// <summary>Solvers by name: flow matching for networks trained on it, the others for diffusion.</summary>
    public static IReadOnlyList<string> Solvers { get; } = ["flow", "ddim", "ddpm", "dpm-solver++"];

    /// <summary>Networks of the package.</summary>
    public const string EncoderFile = "encoder.onnx", DenoiserFile = "denoiser.onnx";

    /// <summary>One input with its right outputs, as 32-bit floats in this order: the encoder's inputs (images, state), noisy actions, timestep, condition, prediction.</summary>
    public const string GoldenFile = "golden.bin";

    /// <summary>Reads the "policy" object of a manifest.</summary>
    /// <param name="field">The object.</param>
    /// <param name="encoder">Version of the encoder that will feed the network.</param>
    /// <param name="stateFeatures">Values that this encoder makes of an observation's state.</param>
    /// <exception cref="ModelException">A field is missing or out of range, or the package was made for another encoder or action space.</exception>
    public static PolicyManifest Parse(JsonField field, string encoder = ObservationEncoder.Version, int stateFeatures = ObservationEncoder.StateFeatures)
    {
        field["encoder"].AsChoice(encoder);
        field["stateFeatures"].AsInt(stateFeatures, stateFeatures);
        field["translationScaleM"].AsDouble(ActionSpace.TranslationScaleM, ActionSpace.TranslationScaleM);
        field["yawScaleRad"].AsDouble(ActionSpace.YawScaleRad, ActionSpace.YawScaleRad);
        var channels = field["actionChannels"].Items(ActionSpace.Channels);
        if (channels.Length != ActionSpace.Channels)
            throw field["actionChannels"].Wrong($"{ActionSpace.Channels} names");
        for (var i = 0; i < channels.Length; i++)
            channels[i].AsChoice(ActionSpace.ChannelNames[i]);

        var observationSteps = field["observationSteps"].AsInt(1, 8);
        var solver = field["solver"];
        var timesteps = solver["timesteps"].AsInt(1, 10_000);
        var kind = solver["kind"].AsChoice([.. Solvers]);
        return new PolicyManifest(
            observationSteps,
            field["imageSteps"].AsInt(1, observationSteps),
            field["horizon"].AsInt(1, Control.ActionChunk.CapacitySteps),
            (long)Math.Round(field["stepSeconds"].AsDouble(0.01, 1) * 1e9),
            [.. field["calls"].Items(ObservationEncoder.CallSlots).Select(Function)],
            kind,
            solver["steps"].AsInt(1, kind == "flow" ? 1000 : timesteps),
            timesteps,
            kind == "flow" ? PredictionKind.V : solver["prediction"].AsChoice("epsilon", "sample", "v") switch
            {
                "epsilon" => PredictionKind.Epsilon,
                "sample" => PredictionKind.Sample,
                _ => PredictionKind.V,
            },
            kind == "flow" ? 0 : (float)solver["clip"].AsDouble(0.5, 100),
            (ulong)field["seed"].AsInt(0, int.MaxValue));
    }

    /// <summary>The same network asked by another solver, or another number of times.</summary>
    /// <exception cref="ModelException">That solver is for networks trained otherwise.</exception>
    public PolicyManifest WithSolver(string solver, int steps)
    {
        if (!Solvers.Contains(solver) || (solver == "flow") != (Solver == "flow"))
            throw new ModelException($"solver: found {solver} for a network of {Solver}, allowed {(Solver == "flow" ? "flow" : string.Join(", ", Solvers.Where(s => s != "flow")))}");
        return steps >= 1 && (solver == "flow" || steps <= Timesteps)
            ? this with { Solver = solver, SolverSteps = steps }
            : throw new ModelException($"solver steps: found {steps}, allowed 1 to {Timesteps}");
    }

    /// <summary>The solver that the manifest asks for.</summary>
    public ISolver CreateSolver()
    {
        var size = Horizon * ActionSpace.Channels;
        return Solver switch
        {
            "ddim" => new DdimSolver(size, SolverSteps, new NoiseSchedule(Timesteps), Prediction, Clip),
            "ddpm" => new DdpmSolver(size, SolverSteps, new NoiseSchedule(Timesteps), Prediction, Clip),
            "dpm-solver++" => new DpmSolver(size, SolverSteps, new NoiseSchedule(Timesteps), Prediction, Clip),
            _ => new FlowMatchingSolver(size, SolverSteps, Timesteps),
        };
    }

    /// <summary>What the network's answers mean.</summary>
    internal IObjective CreateObjective() => Solver == "flow" ? new FlowObjective(Timesteps) : new DiffusionObjective(new NoiseSchedule(Timesteps), Prediction);

    private static int Function(JsonField field)
    {
        var name = field.AsString();
        var function = RobotApi.IndexOf(name);
        return function >= 0 && IsMotion(RobotApi.Calls[function])
            ? function
            : throw field.Wrong(string.Join(", ", RobotApi.Calls.Where(IsMotion).Select(call => call.Name)));

        static bool IsMotion(ApiCall call) => call.Motion == call.Name && call != RobotApi.Calls[RobotApi.Done];
    }
}

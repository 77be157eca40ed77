using Edge.Control;
using Edge.Policy;
using Xunit;

namespace Edge.Tests.Policy;

public class GuidedDenoiserTests
{
    private const int Horizon = 16;
    private const int Size = Horizon * ActionSpace.Channels;

    public static TheoryData<string, PredictionKind> Objectives => new()
    {
        { "flow", PredictionKind.V }, { "ddim", PredictionKind.Epsilon }, { "ddim", PredictionKind.Sample }, { "ddim", PredictionKind.V }, { "dpm-solver++", PredictionKind.V },
    };

    [Theory]
    [MemberData(nameof(Objectives))]
    public void AnswersAndCleanSamplesBelongTogether(string solver, PredictionKind kind)
    {
        var objective = Objective(solver, kind);
        float[] sample = [0.3f, -2, 1.1f], prediction = [0.5f, 0.2f, -0.7f], clean = new float[3], again = new float[3];
        foreach (var timestep in (int[])[1, 50, 97])
        {
            objective.ToClean(sample, timestep, prediction, clean);
            objective.ToPrediction(sample, timestep, clean, again);
            for (var i = 0; i < 3; i++)
                Assert.Equal(prediction[i], again[i], 1e-3f);
        }
    }

    /// <summary>Whatever the network says and whichever solver asks it: certain actions come out as they are, also where few steps are made.</summary>
    [Theory]
    [MemberData(nameof(Objectives))]
    public void CertainActionsComeOut(string solver, PredictionKind kind)
    {
        var guided = new GuidedDenoiser(new Stubborn(), Objective(solver, kind), Size);
        guided.Guide(Committed(6, certain: 6), default);
        var noise = new GaussianNoise(3);
        foreach (var steps in (int[])[1, 2, 5])
        {
            var sample = new float[Size];
            noise.Fill(sample);
            Solver(solver, kind, steps).Solve(sample, guided, noise);
            for (var k = 0; k < 6; k++)
            {
                Assert.Equal(0.2f, sample[k * ActionSpace.Channels], 1e-3f);
                Assert.Equal(k < 3 ? 1f : -1f, sample[(k * ActionSpace.Channels) + 4], 1e-3f);
            }

            Assert.True(Math.Abs(sample[6 * ActionSpace.Channels] - 0.2f) > 0.05);
        }
    }

    [Fact]
    public void WithoutActionsTheNetworkSpeaks()
    {
        var guided = new GuidedDenoiser(new Stubborn(), Objective("flow", PredictionKind.V), Size);
        var (sample, answer) = (new float[Size], new float[Size]);
        guided.Predict(sample, 10, answer);
        Assert.All(answer, value => Assert.Equal(0.7f, value));
        guided.Guide(Committed(6, certain: 6), default);
        guided.Predict(sample, 10, answer);
        Assert.NotEqual(0.7f, answer[0]);
        guided.Release();
        guided.Predict(sample, 10, answer);
        Assert.All(answer, value => Assert.Equal(0.7f, value));
    }

    [Fact]
    public void TheHoldFallsBehindWhatIsCertain()
    {
        Assert.Equal([1, 1, 1, 0.3679f, 0.1353f], Enumerable.Range(0, 5).Select(k => MathF.Round(GuidedDenoiser.Weight(k, 3), 4)));
        Assert.Equal(0.3679f, GuidedDenoiser.Weight(0, 0), 1e-4f);
    }

    private static IObjective Objective(string solver, PredictionKind kind) => solver == "flow" ? new FlowObjective(100) : new DiffusionObjective(new NoiseSchedule(100), kind);

    private static ISolver Solver(string solver, PredictionKind kind, int steps) => solver switch
    {
        "flow" => new FlowMatchingSolver(Size, steps, 100),
        "ddim" => new DdimSolver(Size, steps, new NoiseSchedule(100), kind, 1.2f),
        _ => new DpmSolver(Size, steps, new NoiseSchedule(100), kind, 1.2f),
    };

    private static CommittedActions Committed(int steps, int certain)
    {
        var committed = new CommittedActions { Steps = steps, CertainSteps = certain };
        for (var k = 0; k < steps; k++)
            (committed.Poses[k], committed.Suction[k]) = (new ToolPose(0.2 * ActionSpace.TranslationScaleM * (k + 1), 0, 0, 0), k < 3);
        return committed;
    }

    /// <summary>Always the same answer.</summary>
    private sealed class Stubborn : IDenoiser
    {
        public void Predict(ReadOnlySpan<float> sample, float timestep, Span<float> prediction) => prediction.Fill(0.7f);
    }
}

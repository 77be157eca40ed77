using Edge.Control;

namespace Edge.Policy;

/// <summary>
/// A denoiser whose clean samples are drawn towards given actions: inpainting of a chunk whose first steps are already decided. At every question to the network the
/// clean sample that its answer implies is replaced by a weighted mean with the actions; the answer that implies this mean goes to the solver. Where the weight is one,
/// the sample runs from its noise to the action on the very path of the training, and the network completes the rest beside it.
/// </summary>
/// <param name="inner">The network.</param>
/// <param name="objective">How its answers and clean samples belong together.</param>
/// <param name="size">Values of a sample.</param>
internal sealed class GuidedDenoiser(IDenoiser inner, IObjective objective, int size) : IDenoiser
{
    private readonly float[] _actions = new float[size];
    private readonly float[] _weights = new float[size];
    private readonly float[] _clean = new float[size];
    private bool _isGuided;

    /// <summary>Takes actions to go on from, as the network's values from <paramref name="anchor"/> on.</summary>
    public void Guide(CommittedActions committed, in ToolPose anchor)
    {
        _isGuided = committed.Steps > 0;
        _weights.AsSpan().Clear();
        var from = anchor;
        for (var k = 0; k < Math.Min(committed.Steps, size / ActionSpace.Channels); k++)
        {
            var row = k * ActionSpace.Channels;
            ActionSpace.Encode(from, committed.Poses[k], committed.Suction[k], 0, _actions.AsSpan(row, ActionSpace.Channels));
            // Progress, the last channel, is the policy's own opinion of the present picture.
            _weights.AsSpan(row, ActionSpace.Channels - 1).Fill(Weight(k, committed.CertainSteps));
            from = committed.Poses[k];
        }
    }

    /// <summary>The next samples are free again.</summary>
    public void Release() => _isGuided = false;

    /// <inheritdoc/>
    public void Predict(ReadOnlySpan<float> sample, float timestep, Span<float> prediction)
    {
        inner.Predict(sample, timestep, prediction);
        if (!_isGuided)
            return;
        objective.ToClean(sample, timestep, prediction, _clean);
        for (var i = 0; i < _clean.Length; i++)
            _clean[i] += _weights[i] * (_actions[i] - _clean[i]);
        objective.ToPrediction(sample, timestep, _clean, prediction);
    }

    /// <summary>
    /// How strongly a step is held: wholly where it is certain, then less by e with each step. The mask of the paper (its equation 5) falls over the whole chunk, which ties
    /// the arm to its own old plans: both kept 42 of 42 episodes at 300 ms of inference, the paper's took 10.5 s an episode instead of 8.7.
    /// </summary>
    internal static float Weight(int step, int certain) => step < certain ? 1 : (float)Math.Exp(certain - 1 - step);
}

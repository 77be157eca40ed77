namespace Edge.Hil.Monitor;

/// <summary>
/// Checks one derivative of a quantised signal against its limit, with an error bound instead of a guess.
/// </summary>
/// <remarks>
/// <para>
/// The m-th difference of a signal x over a spacing h, D = sum over i of (-1)^i C(m,i) x(t - i h), equals h^m times a weighted mean of the m-th
/// derivative of x between t - m h and t: the weights are the B-spline of m boxes of width h, which is nowhere negative and has area one.
/// So |D| / h^m never exceeds the largest |derivative|, whatever the signal does in between, and a signal that keeps its limit can never read above it.
/// </para>
/// <para>
/// What stands in a frame is x truncated to a multiple of the LSB: x less something in [0, LSB). Half an LSB of it is common to all samples and drops
/// out, as the weights of a difference sum to zero; at most LSB / 2 of either sign is left in each. The weights' magnitudes sum to 2^m, so D is off by
/// at most 2^m LSB / 2 and the reading by e(h) = 2^m LSB / (2 h^m): 4 LSB / h^3 for the jerk from positions, 2 LSB / h^2 for the jerk from velocities.
/// Rounding instead of truncating has the same bound. For m = 0 nothing drops out and e = LSB.
/// </para>
/// <para>
/// Therefore reading - e(h) is a value that the true derivative certainly reached, and only that counts as a violation: there are no false ones.
/// A short h sees short peaks but resolves little; a long h resolves much but averages peaks away. Several spacings are checked at once, around the
/// one whose e(h) is at most <see cref="ResolutionShare"/> of the limit, so that 25 % too much is certain where it lasts through a window:
/// 1.25 - 0.12 is still above 1. What lasts shorter than that and exceeds by less may be invisible in principle: some motion within the limits
/// rounds to the same frames.
/// </para>
/// </remarks>
internal sealed class DifferenceCheck
{
    /// <summary>The main spacing resolves at least this share of the limit.</summary>
    public const double ResolutionShare = 0.12;

    // Rounding of doubles, far below any resolution.
    private const double Slack = 1 + 1e-9;

    private static readonly double[] Spread = [0.25, 0.5, 0.7071, 1, 1.4142, 2];

    private readonly int _order;
    private readonly double _limit;
    private readonly double _periodSeconds;
    private readonly int[] _spacings = new int[Spread.Length];
    private readonly double[] _scales = new double[Spread.Length];
    private readonly double[] _errors = new double[Spread.Length];
    private int _main;
    private int _used;

    public DifferenceCheck(int order, double limit, double periodSeconds)
    {
        _order = order;
        _limit = limit;
        _periodSeconds = periodSeconds;
    }

    /// <summary>Largest reading at the main spacing.</summary>
    public double MaxReading { get; private set; }

    /// <summary>What the derivative certainly reached: the largest reading less its error, over all spacings.</summary>
    public double MaxCertain { get; private set; }

    /// <summary>Commands with which the derivative certainly was above its limit.</summary>
    public long Violations { get; private set; }

    /// <summary>Error of <see cref="MaxReading"/>.</summary>
    public double Resolution => _used == 0 ? 0 : _errors[_main];

    /// <summary>Length of the main window, seconds.</summary>
    public double WindowSeconds => _used == 0 ? 0 : _order * _spacings[_main] * _periodSeconds;

    /// <summary>Chooses the spacings for a resolution of the samples.</summary>
    public void SetResolution(double lsb)
    {
        if (_order == 0)
        {
            _used = 1;
            _scales[0] = 1;
            _errors[0] = lsb;
            return;
        }

        var longest = (SampleRing.Capacity - 1) / _order;
        var ideal = Math.Pow(Math.Pow(2, _order - 1) * lsb / (ResolutionShare * _limit), 1.0 / _order) / _periodSeconds;
        _used = 0;
        foreach (var factor in Spread)
        {
            var spacing = (int)Math.Clamp(Math.Ceiling(ideal * factor), 1, longest);
            if (_used > 0 && _spacings[_used - 1] == spacing)
                continue;

            if (factor <= 1)
                _main = _used;
            var scale = Math.Pow(spacing * _periodSeconds, -_order);
            _spacings[_used] = spacing;
            _scales[_used] = scale;
            _errors[_used] = Math.Pow(2, _order - 1) * lsb * scale;
            _used++;
        }
    }

    /// <summary>Looks at the newest sample. True: the derivative certainly was above its limit.</summary>
    public bool Look(SampleRing samples)
    {
        var certain = 0.0;
        for (var i = 0; i < _used; i++)
        {
            var spacing = _spacings[i];
            if (samples.Count <= _order * spacing)
                break;

            var reading = Math.Abs(Difference(samples, spacing)) * _scales[i];
            certain = Math.Max(certain, reading - _errors[i]);
            if (i == _main)
                MaxReading = Math.Max(MaxReading, reading);
        }

        MaxCertain = Math.Max(MaxCertain, certain);
        if (certain <= _limit * Slack)
            return false;

        Violations++;
        return true;
    }

    private double Difference(SampleRing x, int h) => _order switch
    {
        0 => x[0],
        1 => x[0] - x[h],
        2 => x[0] - (2 * x[h]) + x[2 * h],
        _ => x[0] - (3 * x[h]) + (3 * x[2 * h]) - x[3 * h],
    };
}

namespace Edge.Control.Motion;

/// <summary>
/// The velocity at which to approach a point, by distance: along the curve the deceleration, and the rate at which it fades, stay within
/// the shares given, and the last part is linear (velocity = gain * distance).
/// </summary>
internal readonly struct LandingCurve
{
    private readonly double _gain;
    private readonly double _deceleration;
    private readonly double _jerk;
    private readonly double _linearEnd; // distance at which the linear part ends
    private readonly double _jerkEnd, _jerkEndVelocity; // where the part of constant jerk ends and constant deceleration begins

    public LandingCurve(double gainPerSecond, double deceleration, double jerk)
    {
        (_gain, _deceleration, _jerk) = (gainPerSecond, deceleration, jerk);
        var scale = jerk / (gainPerSecond * gainPerSecond * gainPerSecond);
        if (scale * gainPerSecond * gainPerSecond >= deceleration)
        {
            // So slow a gain that deceleration is the only limit.
            _linearEnd = _jerkEnd = deceleration / (gainPerSecond * gainPerSecond);
            _jerkEndVelocity = gainPerSecond * _linearEnd;
        }
        else
        {
            // With s = gain * (time to go): distance = scale (s^3/6 + s/2 + 1/3), joined to the linear part at s = 1 with equal slope.
            var s = deceleration * gainPerSecond / jerk;
            _linearEnd = scale;
            _jerkEnd = scale * ((s * s * s / 6) + (s / 2) + (1.0 / 3));
            _jerkEndVelocity = scale * gainPerSecond * ((s * s) + 1) / 2;
        }
    }

    /// <summary>Velocity towards a point at this signed distance, and its derivative by the distance (1/s).</summary>
    public (double Velocity, double Slope) Velocity(double distance)
    {
        var d = Math.Abs(distance);
        if (d < _linearEnd)
            return (_gain * distance, _gain);

        double velocity, deceleration;
        if (d < _jerkEnd)
        {
            // s^3 + 3 s = 2 m has the one real root c - 1/c.
            var m = (3 * d / _linearEnd) - 1;
            var c = Math.Cbrt(m + Math.Sqrt((m * m) + 1));
            var s = c - (1 / c);
            deceleration = _jerk * s / _gain;
            velocity = _linearEnd * _gain * ((s * s) + 1) / 2;
        }
        else
        {
            deceleration = _deceleration;
            velocity = Math.Sqrt((_jerkEndVelocity * _jerkEndVelocity) + (2 * _deceleration * (d - _jerkEnd)));
        }

        return (Math.CopySign(velocity, distance), deceleration / velocity);
    }
}

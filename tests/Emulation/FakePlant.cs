using Edge.Hil.Plant;

namespace Edge.Tests.Emulation;

/// <summary>Independent double integrators with a little friction; a joint under its brake does not move.</summary>
internal sealed class FakePlant(int joints, double inertiaKgM2 = 0.05, double frictionNmSPerRad = 0.05) : IArmPlant
{
    public double[] Position { get; } = new double[joints];

    public double[] Velocity { get; } = new double[joints];

    public double[] Torque { get; } = new double[joints];

    public bool[] Brake { get; } = new bool[joints];

    public double Suction { get; private set; }

    public int JointCount => joints;

    public bool CupPressed { get; set; }

    public bool CupSealed { get; set; }

    public double PositionRad(int joint) => Position[joint];

    public double VelocityRadS(int joint) => Velocity[joint];

    public void SetTorque(int joint, double torqueNm) => Torque[joint] = torqueNm;

    public void SetBrake(int joint, bool engaged) => Brake[joint] = engaged;

    public void SetSuction(double opening) => Suction = opening;

    public void Step(double seconds)
    {
        for (var i = 0; i < joints; i++)
        {
            Velocity[i] = Brake[i] ? 0 : Velocity[i] + ((Torque[i] - (frictionNmSPerRad * Velocity[i])) / inertiaKgM2 * seconds);
            Position[i] += Velocity[i] * seconds;
        }
    }
}
